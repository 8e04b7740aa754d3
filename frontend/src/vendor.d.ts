interface BootstrapComponent {
  show(): void;
  hide(): void;
  dispose(): void;
}
interface BootstrapClass {
  new (element: Element, options?: Record<string, unknown>): BootstrapComponent;
  getOrCreateInstance(element: Element, options?: Record<string, unknown>): BootstrapComponent;
}
export declare const Collapse: BootstrapClass;
export declare const Dropdown: BootstrapClass;
export declare const Modal: BootstrapClass;
export declare const Offcanvas: BootstrapClass;
export declare const Tab: BootstrapClass;
export declare const Toast: BootstrapClass;
export declare const Popover: BootstrapClass;
