// Makes the changes of state that a row says, then draws: what `draw.py` does, in one call.
(gl) => {
  const { TEXTURE0, TEXTURE_2D, TEXTURE_2D_ARRAY, FRAMEBUFFER, TRIANGLES } = gl;
  return (...row) => {
    for (let i = 0; i < row.length; i += 2) {
      const code = row[i];
      const operand = row[i + 1];
      if (code < 64) {
        gl.activeTexture(TEXTURE0 + (code & 31));
        gl.bindTexture(code < 32 ? TEXTURE_2D : TEXTURE_2D_ARRAY, operand);
      } else if (code === 64) gl.useProgram(operand);
      else if (code === 65) gl.uniform4iv(operand, row[++i + 1]);
      else if (code === 66) gl.uniform4fv(operand, row[++i + 1]);
      else if (code === 67) gl.uniform1f(operand, row[++i + 1]);
      else if (code === 68) gl.uniform1i(operand, row[++i + 1]);
      else if (code === 69) gl.bindFramebuffer(FRAMEBUFFER, operand);
      else gl.viewport(0, 0, operand, row[++i + 1]);
    }
    gl.drawArrays(TRIANGLES, 0, 3);
  };
};
