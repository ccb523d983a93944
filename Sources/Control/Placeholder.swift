enum ControlPlaceholder {}
