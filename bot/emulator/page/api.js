// The three ways to the server: the Web API (with the member's own token), acts, and the live stream.

const ROOT = "/workspace";

/** An error in words a person can read; `code` is Slack's. */
export class Failure extends Error {
  constructor(code, say) {
    super(say);
    this.code = code;
  }
}

const WORDS = {
  dispatch_failed: "The app did not answer, or answered with an error.",
  operation_timeout: "The app did not answer within three seconds.",
  not_in_channel: "You are not in this channel.",
  channel_not_found: "This channel does not exist, or you cannot see it.",
  is_archived: "This channel is archived.",
  message_not_found: "That message is gone.",
  ratelimited: "Too many requests. Wait a moment and try again.",
  invalid_auth: "This member may not do that.",
  already_reacted: "You already reacted with that.",
  no_reaction: "That reaction is already gone.",
  view_not_found: "That window is already closed.",
  restricted_action: "This member may not do that.",
};

/** Slack's error code as a sentence. */
export function inWords(code) {
  if (!code) return "Something went wrong, and the server did not say what.";
  if (/\s/.test(code)) return code;
  return WORDS[code] ?? `It did not work: ${code.replaceAll("_", " ")}.`;
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(ROOT + path, options);
  } catch {
    throw new Failure("unreachable", "The workspace cannot be reached. Is the server still running?");
  }
  const text = await answer.text();
  try {
    return { status: answer.status, body: JSON.parse(text) };
  } catch {
    throw new Failure("not_json", `The server answered ${answer.status}${text ? `: ${text.slice(0, 200)}` : ""}.`);
  }
}

/** Call a Web API method as `user`; the body on success, a Failure otherwise. */
export async function web(user, method, args = {}) {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(args)) {
    if (value !== undefined && value !== null && value !== "") form.set(name, typeof value === "object" ? JSON.stringify(value) : value);
  }
  const { body } = await ask(`/api/${method}`, { method: "POST", body: form, headers: { Authorization: `Bearer xoxp-${user}` } });
  if (!body.ok) throw new Failure(body.error, inWords(body.error));
  return body;
}

/** Act as a person. Resolves to {ok, status, response, error, message…}; the app's failure is no exception. */
export async function act(kind, payload) {
  const { status, body } = await ask(`/act/${kind}`, {
    method: "POST",
    body: JSON.stringify(payload),
    headers: { "Content-Type": "application/json" },
  });
  return { ...body, ok: body.ok ?? status < 400, status: body.status ?? status };
}

/** What went wrong with an act, in words. */
export function whyNot(result) {
  return inWords(result.message || result.error || (result.status >= 400 ? "dispatch_failed" : ""));
}

export async function boot(user) {
  const { status, body } = await ask(`/boot?user=${encodeURIComponent(user ?? "")}`);
  if (status >= 400 || body.ok === false) throw new Failure(body.error, inWords(body.error));
  return body;
}

/**
 * Listen as `user`. `onEvent` gets each event, `onState` true when connected and false when lost.
 * Reconnects by itself, also after answers a browser would give up on. Returns a function that stops it.
 */
export function live(user, onEvent, onState) {
  let source = null;
  let timer = null;
  let waitMs = 500;
  let stopped = false;

  function connect() {
    source = new EventSource(`${ROOT}/live?user=${encodeURIComponent(user)}`);
    source.onopen = () => {
      waitMs = 500;
      onState(true);
    };
    source.onmessage = (message) => {
      if (message.data) onEvent(JSON.parse(message.data));
    };
    source.onerror = () => {
      if (stopped) return;
      onState(false);
      source.close();
      clearTimeout(timer);
      timer = setTimeout(connect, waitMs);
      waitMs = Math.min(waitMs * 2, 8000);
    };
  }

  connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source.close();
  };
}
