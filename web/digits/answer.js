// What a network says of a drawing: the digit, a bar for each, and the picture that it was given.
// The elements are those of digits/index.html: #answer, #sentence, #bars, #seen.

import { percent } from "../ui/runtime.js";

const $ = (id) => document.getElementById(id);

/** Returns `show(result)`, for what `recognize` gives, or null where nothing is drawn. */
export function makeAnswer() {
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const item = document.createElement("li");
    item.innerHTML = `<span class="share"></span><span class="bar"></span><span>${digit}</span>`;
    $("bars").append(item);
    return item;
  });
  return function show(result) {
    const shares = result?.probabilities ?? Array(10).fill(0);
    const best = result ? shares.indexOf(Math.max(...shares)) : -1;
    bars.forEach((item, digit) => {
      item.classList.toggle("best", digit === best);
      item.style.setProperty("--share", shares[digit]);
      item.firstChild.textContent = shares[digit] >= 0.005 ? Math.round(shares[digit] * 100) : "";
    });
    $("answer").textContent = result ? best : "?";
    $("sentence").textContent = result
      ? `This is a ${best} (${percent(shares[best])}).`
      : "Draw a digit from 0 to 9.";
    showPicture($("seen"), result?.picture);
  };
}

/** Shows values from 0 to 1 on a square canvas, white on black; nothing for no picture. */
export function showPicture(canvas, picture = new Float32Array(canvas.width ** 2)) {
  const pixels = new ImageData(canvas.width, canvas.width);
  picture.forEach((ink, i) => pixels.data.fill(Math.round(ink * 255), 4 * i, 4 * i + 3));
  for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255;
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}
