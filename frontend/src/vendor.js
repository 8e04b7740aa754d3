// The parts of Tabler (Bootstrap) that our pages use; each registers its own data-bs-* attributes.
export { default as Collapse } from "@tabler/core/js/src/bootstrap/collapse";
export { default as Dropdown } from "@tabler/core/js/src/bootstrap/dropdown";
export { default as Modal } from "@tabler/core/js/src/bootstrap/modal";
export { default as Offcanvas } from "@tabler/core/js/src/bootstrap/offcanvas";
export { default as Tab } from "@tabler/core/js/src/bootstrap/tab";
export { default as Toast } from "@tabler/core/js/src/bootstrap/toast";
export { default as Popover } from "@tabler/core/js/src/bootstrap/popover";
