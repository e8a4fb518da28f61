// Keeps a run page up to date. The server's events say that something happened; what is shown comes from the server as
// escaped HTML, so that there is one place that knows how to show it.
const refreshEveryMs = 700;
const mostRows = 4000;

class RunFollower {
  constructor(status) {
    this.status = status;
    this.run = status.dataset.run;
    this.shown = Number(status.dataset.last);
    this.known = this.shown;
    this.over = false;
    this.paused = false;
    this.waiting = false;
    this.words = document.createElement('span');
    this.button = document.createElement('button');
    this.button.type = 'button';
    this.button.textContent = 'Pause';
    this.button.addEventListener('click', () => this.togglePause());
    status.replaceChildren(this.words, this.button);
    this.say('late', 'Connecting.');
  }

  start() {
    const source = new EventSource(`/v1/runs/${this.run}/events?after=${this.shown}`);
    source.addEventListener('open', () => this.say('on', 'Live.'));
    source.addEventListener('error', () => {
      if (!this.over) this.say('late', 'Connection lost; trying again.');
    });
    source.addEventListener('message', (event) => {
      this.known = Number(event.lastEventId);
      this.schedule();
    });
    source.addEventListener('end', () => {
      this.over = true;
      source.close();
      this.schedule();
    });
  }

  say(state, text) {
    if (this.paused && state === 'on') return;
    this.status.className = `live ${state}`;
    this.words.textContent = text;
  }

  togglePause() {
    this.paused = !this.paused;
    this.button.textContent = this.paused ? 'Go on' : 'Pause';
    this.say(this.paused ? 'late' : 'on', this.paused ? 'Paused.' : 'Live.');
    this.schedule();
  }

  schedule() {
    if (this.waiting || this.paused) return;
    this.waiting = true;
    setTimeout(() => this.catchUp(), refreshEveryMs);
  }

  async catchUp() {
    try {
      await this.refresh();
    } catch {
      this.say('late', 'The page could not be brought up to date; trying again.');
    }
    this.waiting = false;
    if (this.shown < this.known) this.schedule();
    else if (this.over) this.finish();
  }

  async refresh() {
    const address = new URL(location.href);
    address.searchParams.set('from', this.shown + 1);
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of ['head', 'summary', 'trials', 'result']) {
      const fresh = page.getElementById(id);
      const old = document.getElementById(id);
      if (fresh && old) old.replaceChildren(...fresh.childNodes);
    }
    const items = [...page.querySelectorAll('#stream li[data-seq]')].filter(
      (item) => seqOf(item) > this.shown,
    );
    for (const item of items) append(item);
    this.shown = Math.max(this.shown, ...items.map(seqOf));
    document.title = page.title;
  }

  finish() {
    this.status.className = 'live';
    this.status.replaceChildren('The run is over.');
  }
}

function seqOf(item) {
  return Number(item.dataset.seq);
}

/** Puts an event into the group of its trial; the page groups events, so their order is kept within each. */
function append(item) {
  const fresh = item.closest('details');
  const group = document.getElementById(fresh.id) ?? fresh.cloneNode(true);
  if (!group.isConnected) {
    group.querySelector('ol').replaceChildren();
    document.getElementById('stream').append(group);
  }
  const list = group.querySelector('ol');
  list.append(item);
  while (list.children.length > mostRows) list.firstElementChild.remove();
  group.querySelector('.count').textContent = `${list.children.length} events`;
}

const status = document.getElementById('live');
if (status) new RunFollower(status).start();
