// What ipywidgets cannot say: roles and names, where the focus goes, digits as keys. Runs once per shown player, offline.
// `element` is the node of the (hidden) output that carries this script; everything else is found from there.

// What has just been written may still be on its way to being shown.
function focus(node, tries) {
  requestAnimationFrame(() => {
    node.focus();
    if (document.activeElement !== node && tries > 0) focus(node, tries - 1);
  });
}

function ready(root) {
  if (root.dataset.leadgymReady) return;
  root.dataset.leadgymReady = 'yes';
  const name = (selector, attributes) => {
    for (const node of root.querySelectorAll(selector)) {
      for (const [key, text] of Object.entries(attributes)) node.setAttribute(key, text);
    }
  };
  const title = root.querySelector('[data-leadgym-name]');
  root.setAttribute('role', 'region');
  root.setAttribute('aria-label', title ? title.dataset.leadgymName : 'Scenario');
  name('.leadgym-live .widget-html-content', { role: 'status', 'aria-live': 'polite', 'aria-atomic': 'true' });
  name('.leadgym-notice .widget-html-content', { role: 'alert' });
  name('.leadgym-options', { role: 'group', 'aria-label': 'What you can do' });
  name('.leadgym-asks', { role: 'group', 'aria-label': 'What you can ask' });
  name('.leadgym-returns', { role: 'group', 'aria-label': 'Go back to a decision' });

  // A folded part that was opened stays open when its text is renewed.
  const open = new Set();
  root.addEventListener('toggle', (event) => {
    const key = event.target.dataset.leadgymKeep;
    if (key) open[event.target.open ? 'add' : 'delete'](key);
  }, true);

  new MutationObserver((changes) => {
    let target = null;
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        for (const part of [node, ...node.querySelectorAll('*')]) {
          if (part.hasAttribute('data-leadgym-focus')) target = part;
          if (part.dataset.leadgymKeep && open.has(part.dataset.leadgymKeep)) part.open = true;
        }
      }
    }
    // Only after a press in this very view: another tab on the same kernel must not take the focus.
    if (target && root.dataset.leadgymPressed) {
      delete root.dataset.leadgymPressed;
      focus(target, 20);
    }
  }).observe(root, { childList: true, subtree: true });
}

// One set of listeners for the page, renewed when the cell runs again.
window.leadgymPlayer?.abort();
window.leadgymPlayer = new AbortController();
const listening = { capture: true, signal: window.leadgymPlayer.signal };
const playerOf = (event) => (event.target instanceof Element ? event.target.closest('.leadgym-player') : null);
let chosen = -1000;

window.addEventListener('click', (event) => {
  const root = playerOf(event);
  if (!root || !event.target.closest('button')) return;
  // The second half of a double click would land on the next scene.
  if (event.detail > 1) {
    event.stopImmediatePropagation();
    event.preventDefault();
    return;
  }
  root.dataset.leadgymPressed = 'yes';
  if (event.target.closest('.leadgym-options')) chosen = performance.now();
}, listening);

window.addEventListener('keydown', (event) => {
  const root = playerOf(event);
  if (!root) return;
  // Inside the player, JupyterLab's single-key shortcuts (1 makes a heading, Enter edits the cell, D D deletes it) rest.
  const ours = !(event.ctrlKey || event.metaKey || event.altKey) && event.key !== 'Escape' &&
    !(event.shiftKey && event.key === 'Enter');
  root.toggleAttribute('data-lm-suppress-shortcuts', ours);
  if (!ours || event.repeat || !/^[1-9]$/.test(event.key) || event.target.closest('input, textarea, select')) return;
  // A digit struck twice is one choice.
  if (performance.now() - chosen < 300) return;
  const options = [...root.querySelectorAll('.leadgym-options button')].filter((b) => b.offsetParent && !b.disabled);
  const option = options[Number(event.key) - 1];
  if (option) {
    event.preventDefault();
    option.click();
  }
}, listening);

(function wait(tries) {
  const root = element.closest('.leadgym-player');
  if (root && root.querySelector('.leadgym-notice .widget-html-content')) ready(root);
  else if (tries > 0) setTimeout(() => wait(tries - 1), 50);
})(400);
