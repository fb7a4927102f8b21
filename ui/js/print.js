// The board that was just counted goes to the printer; before that nothing does.
if (document.querySelector('[data-printed="yes"]')) addEventListener("load", () => window.print());
