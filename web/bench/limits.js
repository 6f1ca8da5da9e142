// What WebGL2 can do on this device at best, whoever draws: texels read and written, and numbers
// multiplied and added, in a second. A work can be no faster than what it counts of these.

const HEAD = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D x;
uniform float factor;
in highp vec2 here;
out vec4 result;
`;
const VERTEX = `#version 300 es
out highp vec2 here;
void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  here = corner * 2.0;
  gl_Position = vec4(corner * 4.0 - 1.0, 0.0, 1.0);
}`;
const READS = 64;
const UPDATES = 64;
const INPUT = 64;
const ROUNDS = 9;
const LEAST_MS = 10;

const repeat = (n, text) => Array.from({ length: n }, (_, i) => text(i)).join("\n");

/** What is measured: a fragment's work, how much that is, and width and height of what is drawn. */
const TRIES = {
  // Of a texture that every cache holds, each at a place of its own.
  reads: {
    body: `vec4 s = vec4(0.0);
      ${repeat(READS, (i) => `s += texture(x, here + vec2(${i}.0 / ${INPUT}.0, 0.0));`)}
      result = s;`,
    count: READS,
    size: 128,
  },
  // Four independent chains of vectors of four.
  multiply_adds: {
    body: `vec4 a = vec4(here, 1.0, 2.0), b = a.yxwz, c = a + 1.0, d = b + 1.0;
      ${repeat(UPDATES / 4, () => "a = a * factor + b; b = b * factor + c; c = c * factor + d; d = d * factor + a;")}
      result = a + b + c + d;`,
    count: 4 * UPDATES,
    size: 128,
  },
  writes: { body: "result = vec4(1.0);", count: 1, size: 512 },
};

/** {reads, writes, multiply_adds}: billions a second; texels are of four floats. */
export function measureLimits() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl?.getExtension("EXT_color_buffer_float")) throw new Error("no WebGL2 with float textures");
  makeTexture(gl, INPUT, new Float32Array(4 * INPUT * INPUT).fill(0.5));
  const drawn = Object.entries(TRIES).map(([name, test]) => [name, prepare(gl, test)]);
  const least = Object.fromEntries(drawn.map(([name]) => [name, Infinity]));
  // By turns, and of each the shortest: anything else that the machine does only adds to it.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, sample] of drawn) least[name] = Math.min(least[name], sample());
  }
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  const rate = ([name, { count, size }]) => [name, (count * size * size) / least[name] / 1e6];
  return Object.fromEntries(Object.entries(TRIES).map(rate));
}

/** A function that draws for a while and says how many milliseconds one draw takes. */
function prepare(gl, { body, size }) {
  const program = link(gl, `${HEAD}void main() {\n${body}\n}`);
  const framebuffer = gl.createFramebuffer();
  gl.activeTexture(gl.TEXTURE1);
  const target = makeTexture(gl, size);
  gl.activeTexture(gl.TEXTURE0);
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target, 0);
  const pixel = new Float32Array(4);
  const wait = () => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.FLOAT, pixel);
  const draw = (times) => {
    gl.useProgram(program);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.viewport(0, 0, size, size);
    gl.uniform1f(gl.getUniformLocation(program, "factor"), 0.5);
    wait();
    const start = performance.now();
    for (let i = 0; i < times; i++) gl.drawArrays(gl.TRIANGLES, 0, 3);
    wait();
    return performance.now() - start;
  };
  // The first draw compiles.
  draw(1);
  let times = 1;
  while (draw(times) < LEAST_MS) times *= 2;
  return () => draw(times) / times;
}

function makeTexture(gl, size, values = null) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, size, size, 0, gl.RGBA, gl.FLOAT, values);
  return texture;
}

function link(gl, fragment) {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, fragment],
  ]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(gl.getProgramInfoLog(program));
  }
  return program;
}
