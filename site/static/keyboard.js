// What scrolls sideways can be scrolled by keyboard too: it takes the focus, and only where it does scroll.
(() => {
  function reach() {
    for (const box of document.querySelectorAll(".cell_output, .highlight pre, .output pre, .table-wrapper, .pane, .diagram")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else if (box.tabIndex === 0 && !box.matches("[data-words]")) box.removeAttribute("tabindex");
    }
  }
  addEventListener("load", reach);
  addEventListener("resize", reach);
})();
