// Four sounds, told apart by rhythm as well as pitch. Each is drawn once into a buffer, so that a tab in the background keeps its rhythm.
const SOUNDS = {
  request: { every: 4, tones: [[523, 0, 0.16], [659, 0.2, 0.16]] },
  over: { every: 8, tones: [[392, 0, 0.3]] },
  check: { every: 3, tones: [[740, 0, 0.1], [740, 0.16, 0.1], [740, 0.32, 0.1]] },
  emergency: { every: 1, tones: [[880, 0, 0.24], [622, 0.26, 0.2], [880, 0.5, 0.24], [622, 0.76, 0.2]] },
};
const EDGE = 0.008; // seconds: a tone that begins at once would click

let context = null;
const playing = new Map();

function drawn(name) {
  const { every, tones } = SOUNDS[name];
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, Math.round(every * rate), rate);
  const samples = buffer.getChannelData(0);
  for (const [pitch, at, long] of tones) {
    for (let i = 0; i < long * rate; i += 1) {
      const t = i / rate;
      const edge = Math.min(1, t / EDGE, (long - t) / EDGE);
      samples[Math.round(at * rate) + i] = 0.8 * edge * Math.sin(2 * Math.PI * pitch * t);
    }
  }
  return buffer;
}

// A browser plays nothing before somebody pressed a key or touched the page.
export function wake() {
  context ||= new AudioContext();
  return context.resume();
}

export const isAwake = () => context?.state === "running";

export function start(name) {
  if (playing.has(name)) return;
  context ||= new AudioContext();
  const source = context.createBufferSource();
  source.buffer = drawn(name);
  source.loop = true;
  source.connect(context.destination);
  source.start();
  playing.set(name, source);
  document.dispatchEvent(new CustomEvent("tandem:sounding", { detail: { name, awake: isAwake() } }));
}

export function stop(name) {
  playing.get(name)?.stop();
  playing.delete(name);
}

export const sounding = () => [...playing.keys()];
