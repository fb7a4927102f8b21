// Reads server-sent events from the bytes of an answer; unlike EventSource it also sees the comments that prove life.
export class EventReader {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.rest = "";
    this.clear();
  }

  clear() {
    this.name = "message";
    this.data = [];
  }

  feed(text) {
    const lines = (this.rest + text).split(/\r\n|\n|\r/);
    this.rest = lines.pop();
    for (const line of lines) this.line(line);
  }

  line(line) {
    if (line === "") {
      if (this.data.length) this.onEvent({ name: this.name, data: this.data.join("\n"), id: this.id });
      this.clear();
      return;
    }
    if (line.startsWith(":")) return;
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id") this.id = value;
  }
}
