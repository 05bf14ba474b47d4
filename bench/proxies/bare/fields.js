// What any router has to do through the Web's API, and nothing else: it reads all fields and makes them anew, in both
// directions, watches the client, and can end the call when its time is over. It decides nothing.
const PATH = /^https?:\/\/[^/]*/;
const LIMIT = 15_000;

export async function passOn(request, upstream, more) {
  const stop = new AbortController();
  const end = () => stop.abort();
  if (more.watch) request.signal.addEventListener('abort', end);
  const timer = setTimeout(end, LIMIT);
  const { method, body, url } = request;
  const init = { method, body, redirect: 'manual', signal: stop.signal, ...more.init };
  const response = await fetch(upstream + url.replace(PATH, ''), { ...init, headers: fieldsOf(request.headers) });
  clearTimeout(timer);
  if (more.watch) request.signal.removeEventListener('abort', end);
  const headers = fieldsOf(response.headers);
  headers['mesh-decision-id'] = '0123456789abcdef';
  return new Response(response.body, { status: response.status, headers });
}

function fieldsOf(headers) {
  const fields = {};
  headers.forEach((value, name) => {
    fields[name] = value;
  });
  return fields;
}
