;;; unspill.el --- Find hardcoded tokens while they are typed -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))

;;; Commentary:

;; Load this file, then `M-x eglot' in a project; or add `eglot-ensure' to the hooks of modes.

;;; Code:

(require 'eglot)

(defconst unspill-modes
  '(python-mode python-ts-mode
    conf-mode conf-unix-mode conf-toml-mode toml-ts-mode dotenv-mode
    dockerfile-mode dockerfile-ts-mode
    yaml-mode yaml-ts-mode
    js-json-mode json-mode json-ts-mode
    sh-mode bash-ts-mode
    markdown-mode gfm-mode
    text-mode)
  "Modes whose buffers are looked at.")

(add-to-list 'eglot-server-programs (cons unspill-modes '("unspill" "server")))

(defun unspill-fix-buffer ()
  "Fix what can be fixed safely in this buffer."
  (interactive)
  (eglot-code-actions (point-min) (point-max) "source.fixAll.unspill" t))

(defun unspill-fix-workspace ()
  "Fix what can be fixed safely in every file of the project, after a question."
  (interactive)
  (eglot-execute-command (eglot--current-server-or-lose) 'unspill.fixWorkspace []))

(provide 'unspill)
;;; unspill.el ends here
