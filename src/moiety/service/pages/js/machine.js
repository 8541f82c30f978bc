// The one state machine of a page: every state has a timeout and a way out, or the page does not start.

export class Machine {
  #states;
  #context;
  #timer = 0;
  #turn = 0;
  #listeners = [];

  /**
   * @param states name -> { enter, leave, on: {event: state}, after: {ms, event}, out: state }
   *   `enter(machine, data)` draws the state; `leave(machine)` lets go of what it held; `on` says where an event
   *   leads; `after` is the event that comes by itself, so that nothing waits for ever; `out` is the way out.
   */
  constructor(states, { initial, context = {} }) {
    for (const [name, state] of Object.entries(states)) {
      if (!(state.after?.ms > 0) || !(state.after.event in state.on)) throw new Error(`state ${name}: no timeout`);
      if (!(state.out in states)) throw new Error(`state ${name}: no way out`);
      for (const to of Object.values(state.on)) {
        if (!(to in states)) throw new Error(`state ${name}: leads to ${to}, which is none`);
      }
    }
    if (!(initial in states)) throw new Error("no initial state");
    this.#states = states;
    this.#context = context;
    this.initial = initial;
    this.state = "";
  }

  get context() {
    return this.#context;
  }

  /** Plain data about the machine, for tests and for the reference. */
  table() {
    return Object.entries(this.#states).map(([name, one]) => ({
      name, after: { ...one.after }, out: one.out, on: { ...one.on },
    }));
  }

  listen(listener) {
    this.#listeners.push(listener);
  }

  start(data) {
    this.#go(this.initial, data);
  }

  /** Something happened. What this state does not know is late or stale, and changes nothing. */
  send(event, data) {
    const state = this.#states[this.state];
    const to = event === "out" ? state?.out : state?.on[event];
    if (to === undefined) return false;
    this.#go(to, data);
    return true;
  }

  /** Whether the state that began this work is still the present one: for what ends later. */
  ticket() {
    const turn = this.#turn;
    return () => turn === this.#turn;
  }

  /** Begin the present state's timeout anew: something was done. */
  touch() {
    clearTimeout(this.#timer);
    const state = this.#states[this.state];
    if (!state) return;
    const alive = this.ticket();
    this.#timer = setTimeout(() => alive() && this.send(state.after.event, { timeout: true }), state.after.ms);
  }

  #go(name, data) {
    const before = this.#states[this.state];
    this.#turn += 1;
    clearTimeout(this.#timer);
    before?.leave?.(this);
    this.state = name;
    this.touch();
    for (const listener of this.#listeners) listener(name);
    this.#states[name].enter(this, data);
  }
}
