/** The page: complete without script for login, increment and logout; `public/main.ts` brings the rest to life. */
import type { Engine } from './engine.ts'
import { fieldsOf } from './fields.ts'
import { type Html, html } from './html.ts'
import type { Options } from './options.ts'
import type { Reply, StoredField } from './replies.ts'

export interface View {
  readonly engine: Engine
  readonly options: Options
  /** `null` when it cannot be read at the moment. */
  readonly session: Omit<Reply, 'commands'> | null
  readonly error?: string | undefined
}

export function renderPage(view: View): string {
  const { engine, error } = view
  const session = view.session?.session ?? null
  const holder = engine.kind === 'redis' ? 'Redis' : 'The store'
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>sojourn · a session you can see</title>
  <link rel="icon" href="/public/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/public/base.css">
  <link rel="stylesheet" href="/public/session.css">
  <link rel="stylesheet" href="/public/activity.css">
  <script type="module" src="/public/main.js"></script>
</head>
<body data-engine="${engine.kind}" data-state="${session === null ? 'anonymous' : 'live'}">
  <a class="skip" href="#desk">Skip to the session</a>
  <header class="masthead">
    <p class="wordmark"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 7.5A1.5 1.5 0 0 1 4.5 6h15A1.5 1.5 0 0 1 21 7.5v2a2.5 2.5 0 0 0 0 5v2a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 16.5v-2a2.5 2.5 0 0 0 0-5z"/><path d="M14.5 6v12" stroke-dasharray="2 2"/></svg>sojourn</p>
    <p class="engine" id="engine"><span class="lamp"></span>Sessions in ${engine.place}</p>
  </header>
  <main>
    <div class="intro">
      <h1>A session you can see</h1>
      <p class="lede">The browser holds a ticket. ${holder} holds the data, for as long as the visitor stays.</p>
    </div>
    <p id="notice" class="notice ${error === undefined ? '' : 'is-error'}" role="status">${error ?? greeting(session)}</p>
    <div class="desk" id="desk">
      <div class="main-column">
        ${start(view, session !== null)}
        ${current(session)}
        ${holdings(engine, session)}
      </div>
      ${commandLog(engine)}
    </div>
    <div class="trials" data-script hidden>
      ${race()}
      ${crossing()}
    </div>
    ${devices()}
  </main>
  <footer>
    <p>Each line above is real: the page asks, this server answers with <code>sojourn</code>, and ${holder === 'Redis' ? 'Redis' : 'the memory engine'} keeps the state. <a href="/session">The session as JSON</a></p>
  </footer>
</body>
</html>
`.text
}

function start({ engine, options }: View, live: boolean): Html {
  return html`<section class="panel start" id="start" aria-labelledby="start-title"${hidden(live)}>
          <div>
            <h2 id="start-title">Start a session</h2>
            <p>A login makes a session in ${engine.kind === 'redis' ? 'Redis' : 'the store'} and a cookie in the browser. Before it there is neither.</p>
          </div>
          <form method="post" action="/login" data-action="Log in" autocomplete="off">
            <label>Username <input name="username" value="andrew" maxlength="40" required></label>
            <label>TTL <span class="unit">seconds</span> <input name="ttl" type="number" inputmode="numeric" min="1" step="1" value="${Math.min(60, options.ttl)}" required aria-describedby="ttl-hint"></label>
            <button class="primary">Log in</button>
            <p class="hint" id="ttl-hint">Try 10, and do nothing, to watch it expire.</p>
          </form>
        </section>`
}

function current(session: Readonly<Record<string, string>> | null): Html {
  const { username, page_views: pageViews, session_ttl: configuredTtl, ttl } = session ?? {}
  return html`<section class="panel session" id="session" aria-labelledby="session-title"${hidden(session === null)}>
          <div class="ring" id="ring" role="timer" aria-label="Time until the session expires">
            <svg viewBox="0 0 120 120" aria-hidden="true">
              <circle class="track" cx="60" cy="60" r="54" pathLength="100"/>
              <circle class="arc" cx="60" cy="60" r="54" pathLength="100" stroke-dasharray="100" stroke-dashoffset="0"/>
              <circle class="absolute-arc" cx="60" cy="60" r="48" pathLength="100" stroke-dasharray="100" stroke-dashoffset="0" hidden/>
            </svg>
            <p><strong id="left">${ttl}</strong> <span id="left-unit">seconds left</span></p>
          </div>
          <div class="who">
            <h2 id="session-title"><span class="quiet">Logged in as</span> <span id="username">${username}</span></h2>
            <dl class="facts">
              <div><dt>Page views</dt><dd id="page-views" class="figure">${pageViews}</dd></div>
              <div><dt>Configured TTL</dt><dd><span id="configured-ttl">${configuredTtl}</span> s</dd></div>
              <div data-script hidden><dt>Handle, for lists and logs</dt><dd><code id="handle"></code> <del id="previous-handle"></del></dd></div>
              <div id="absolute" hidden><dt>Ends at the latest in</dt><dd id="absolute-left"></dd></div>
            </dl>
            <div class="actions">
              <form method="post" action="/increment" data-action="Increment"><button class="primary">Increment page views</button></form>
              <form method="post" action="/rotate" data-action="Rotate"><button>Rotate the ID</button></form>
              <form method="post" action="/logout" data-action="Log out"><button>Log out</button></form>
            </div>
            <form class="inline" method="post" action="/ttl" data-action="Change the TTL">
              <label for="new-ttl">Change the TTL to</label>
              <input id="new-ttl" name="ttl" type="number" inputmode="numeric" min="1" step="1" value="${configuredTtl}" required> <span class="unit">seconds</span>
              <button>Apply</button>
            </form>
          </div>
        </section>`
}

/** Side by side: what is here and what is there. */
function holdings(engine: Engine, session: Readonly<Record<string, string>> | null): Html {
  const there = engine.kind === 'redis' ? 'Redis' : 'the memory engine'
  const { ttl: _, ...fields } = session ?? {}
  return html`<div class="pair">
          <section class="panel browser-side" aria-labelledby="browser-title">
            <h2 id="browser-title">What the browser holds</h2>
            <p class="empty" id="no-ticket"${hidden(session !== null)}>No cookie: a visitor without data gets none.</p>
            <p class="empty" data-no-script${hidden(session === null)}>A cookie, <code>sid</code>, that holds the ID and nothing else.</p>
            <div id="ticket-view" data-script hidden>
              <p class="ticket"><span class="quiet">sid=</span><code id="ticket"></code></p>
              <p class="stale" id="stale" hidden>It opens nothing any more.</p>
              <dl class="attributes">
                <div><dt>HttpOnly</dt><dd>no script reads it</dd></div>
                <div><dt>SameSite=Lax</dt><dd>no other site posts with it</dd></div>
                <div><dt>Path=/</dt><dd>for this host only</dd></div>
                <div><dt>No Expires</dt><dd>gone when the browser closes</dd></div>
                <div><dt class="off">Secure</dt><dd>off here for plain HTTP; on by default</dd></div>
              </dl>
              <p class="proof"><code>document.cookie</code> <span aria-hidden="true">→</span> <code id="document-cookie"></code></p>
            </div>
          </section>
          <section class="panel store-side" aria-labelledby="store-title">
            <h2 id="store-title">What ${there} holds</h2>
            <p class="empty" id="no-key"${hidden(session !== null)}>No key: a visitor without data costs none, and no command.</p>
            <div id="key-view"${hidden(session === null)}>
              <p class="key" data-script hidden><code id="key"></code> <span class="quiet">hash, TTL <span id="key-ttl"></span></span></p>
              <div class="scroll" tabindex="0" role="region" aria-label="The fields of the session"><table>
                <thead><tr><th scope="col">Field</th><th scope="col">Value</th><th scope="col">Type</th></tr></thead>
                <tbody id="fields">${fieldsOf(fields).map(row)}</tbody>
              </table></div>
              <div id="cli" class="cli" data-script hidden></div>
            </div>
          </section>
        </div>`
}

function row({ name, value, kind, reserved }: StoredField): Html {
  return html`<tr class="${reserved ? 'reserved' : ''}"><th scope="row">${name}</th><td><span class="value" title="${value}">${value}</span></td><td>${kind}</td></tr>`
}

function commandLog(engine: Engine): Html {
  const what =
    engine.kind === 'redis' ? 'What each action sent to Redis' : 'What each action asked of the memory engine'
  return html`<section class="panel log" aria-labelledby="log-title" data-script hidden>
        <h2 id="log-title">Command log</h2>
        <p class="hint">${what}. The page itself looks every second without refreshing the TTL; that is left out.</p>
        <p class="empty" id="log-empty">Nothing yet.</p>
        <ol id="log" tabindex="0" aria-label="Actions, the latest first"></ol>
      </section>`
}

function race(): Html {
  return html`<section class="panel trial" aria-labelledby="race-title">
        <h2 id="race-title">Race it</h2>
        <p>Ten requests at once. Each reads the session, works for a moment, sets a field of its own and increments <code>page_views</code>.</p>
        <button type="button" id="race-button" data-live disabled>Send ten at once</button>
        <div id="race-result" class="result" role="status" hidden>
          <ol id="lanes" class="lanes" aria-hidden="true"></ol>
          <p class="tally"><span><strong id="race-sent"></strong> sent</span> <span><strong id="race-stored"></strong> stored</span> <span><strong id="race-counted"></strong> counted</span> <span class="verdict"><strong id="race-lost"></strong> lost</span></p>
          <p class="hint">A store that writes the session back as one value keeps the last of them and loses nine.</p>
        </div>
      </section>`
}

function crossing(): Html {
  return html`<section class="panel trial" aria-labelledby="crossing-title">
        <h2 id="crossing-title">Log out while a request is under way</h2>
        <p>A slow request reads the session and works for a second. The logout overtakes it. Then the slow one writes.</p>
        <button type="button" id="crossing-button" data-live disabled>Log out in the middle</button>
        <div id="crossing-result" class="result" role="status" hidden>
          <ol id="story" class="story"></ol>
          <p class="hint">A store that saves what it has read brings the session back to life.</p>
        </div>
      </section>`
}

function devices(): Html {
  return html`<section class="panel devices" id="devices" aria-labelledby="devices-title" hidden>
      <div class="devices-head">
        <div>
          <h2 id="devices-title">Your devices</h2>
          <p class="hint">All sessions of this username, found by an index. Log in from another browser or a private window to see a second one.</p>
        </div>
        <div class="actions">
          <form method="post" action="/devices/logout-others" data-action="Log out the others"><button>Log out the others</button></form>
          <form method="post" action="/devices/logout-everywhere" data-action="Log out everywhere"><button>Log out everywhere</button></form>
        </div>
      </div>
      <ul id="device-list"></ul>
    </section>`
}

function greeting(session: Readonly<Record<string, string>> | null): string {
  return session === null ? 'Nobody is logged in here.' : 'Your session was found by its ticket, and its TTL refreshed.'
}

function hidden(when: boolean): Html | false {
  return when && html` hidden`
}
