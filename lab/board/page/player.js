// Plays recorded ticks: a saved session from its file, or the last act in slow motion.

/** Plays `ticks` from the first on. `show(tick, index)` draws one. Returns its controls. */
export function play(ticks, { show, speed = 1, ended = () => {} }) {
  let index = 0;
  let timer = null;
  const player = {
    speed,
    get index() {
      return index;
    },
    get playing() {
      return timer !== null;
    },
    pause() {
      clearTimeout(timer);
      timer = null;
    },
    resume() {
      if (timer !== null) return;
      if (index >= ticks.length - 1) player.seek(0);
      wait();
    },
    seek(to) {
      index = Math.max(0, Math.min(ticks.length - 1, to));
      show(ticks[index], index, true);
      if (timer === null) return;
      clearTimeout(timer); // it would go on from the old place, perhaps past the end
      wait();
    },
  };

  function wait() {
    const next = ticks[index + 1];
    if (!next) {
      timer = null;
      return ended();
    }
    const gap = Math.min(2, Math.max(0.05, next.at - ticks[index].at));
    timer = setTimeout(() => {
      index += 1;
      show(ticks[index], index, false);
      wait();
    }, (gap * 1000) / player.speed);
  }

  player.seek(0);
  wait();
  return player;
}

const saved = () => document.getElementById("recording");

/** Whether this page is a file with a saved session; else it is the live one. */
export function isRecording() {
  return saved() !== null;
}

/** The session that is in this file: JSON, compressed by gzip, as base64. */
export async function recording() {
  const bytes = Uint8Array.from(atob(saved().textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}
