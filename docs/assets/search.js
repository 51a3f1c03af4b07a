// So that an option can be searched for as it is written: to the search, a dash means "without".
document.addEventListener(
  "input",
  (event) => {
    if (event.target.matches("[data-md-component=search-query]")) {
      event.target.value = event.target.value.replace(/(^|\s)-+/g, "$1");
    }
  },
  true,
);
