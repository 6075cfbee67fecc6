// Keeps the conversation fresh and sends without leaving the page. Everything
// here is a convenience: the page works by plain forms and reloading.
'use strict';

const chat = document.getElementById('chat');
let tag = '"' + chat.dataset.version + '"';

const toEnd = () => {
  const lines = chat.querySelector('.lines');
  lines.scrollTop = lines.scrollHeight;
};

// show puts a new conversation in place, unless somebody is editing in the old.
const show = (html) => {
  if (chat.querySelector('.lines details[open]')) return;
  const open = chat.querySelector('.calls[open]');
  const lines = chat.querySelector('.lines');
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  const where = lines.scrollTop;
  chat.innerHTML = html;
  if (open) chat.querySelector('.calls')?.setAttribute('open', '');
  if (atEnd) toEnd();
  else chat.querySelector('.lines').scrollTop = where;
};

const refresh = async () => {
  const answer = await fetch(chat.dataset.src, { headers: { 'If-None-Match': tag }, cache: 'no-store' });
  if (answer.status === 200) {
    tag = answer.headers.get('ETag');
    show(await answer.text());
  }
};

const watch = async () => {
  try {
    await refresh();
  } catch {
    // The desk is restarting; the next round finds it.
  }
  setTimeout(watch, document.hidden ? 5000 : 1000);
};

// A refused message goes the plain way, so that the page says why. One that got
// no answer is left in its form: whoever wrote it decides.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-live]')) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.action, { method: 'POST', body, headers: { 'X-Fragment': '1' } });
  if (answer.ok) {
    const edit = form.closest('details');
    if (edit) edit.open = false;
    else if (event.submitter.matches('.send')) form.querySelector('textarea').value = '';
    show(await answer.text());
    toEnd();
  } else if (answer.status === 422) {
    const pressed = document.createElement('input');
    pressed.type = 'hidden';
    pressed.name = event.submitter.name;
    pressed.value = event.submitter.value;
    form.append(pressed);
    form.submit();
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.target.id === 'text') {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector('.send'));
  }
});

toEnd();
watch();
