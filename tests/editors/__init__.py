"""unspill in real editors: VS Code in a browser, Neovim, Emacs. `kit` gets hold of them."""
