// The current values in a form.

// Returns a function that shows values by the names of their controls. A value that the user edits
// is not overwritten.
export function formValues(form) {
  const shown = new Map();
  return (values) => {
    for (const [name, value] of Object.entries(values)) {
      const control = form.elements[name];
      const text = String(value ?? "");
      const isEdited = shown.has(name) && control.value !== shown.get(name) && control.value !== text;
      if (isEdited || document.activeElement === control) continue;
      control.value = text;
      shown.set(name, control.value);
    }
  };
}
