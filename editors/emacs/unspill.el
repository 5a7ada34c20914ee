;;; unspill.el --- Find hardcoded tokens as you type -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))

;;; Commentary:

;; Load this file, then `M-x eglot' in a project; or add `eglot-ensure' to the hooks of modes.

;;; Code:

(require 'eglot)
(require 'seq)

(defconst unspill-modes
  '(conf-mode conf-unix-mode dotenv-mode
    dockerfile-mode dockerfile-ts-mode
    markdown-mode gfm-mode
    python-mode python-ts-mode
    yaml-mode yaml-ts-mode
    conf-toml-mode toml-ts-mode
    js-json-mode json-mode json-ts-mode
    sh-mode bash-ts-mode
    text-mode)
  "Modes whose buffers are scanned.")

(add-to-list 'eglot-server-programs (cons unspill-modes '("unspill" "server")))

(defun unspill-fix-buffer ()
  "Apply all safe fixes in this buffer."
  (interactive)
  (eglot-code-actions (point-min) (point-max) "source.fixAll.unspill" t))

(defun unspill-fix-workspace ()
  "Apply all safe fixes in the project, after confirmation."
  (interactive)
  (save-some-buffers)
  (unspill--execute 'unspill.fixWorkspace []))

(defun unspill-secrets (name)
  "Go to where the secret NAME is read.
Interactively, choose from all names, annotated with the source of their values."
  (interactive (list (unspill--read-name "Secret: " #'identity)))
  (let* ((secret (seq-find (lambda (one) (equal (plist-get one :name) name)) (unspill--secrets)))
         (place (seq-first (seq-concatenate 'list (plist-get secret :read) (plist-get secret :declared)
                                            (plist-get secret :written)))))
    (when place
      (find-file (eglot--uri-to-path (plist-get place :uri)))
      (goto-char (eglot--lsp-position-to-point (plist-get (plist-get place :range) :start))))))

(defun unspill-declare (name)
  "Declare the secret NAME in `.env.example'.
Interactively, choose from the undeclared names."
  (interactive (list (unspill--read-name "Declare: " (lambda (secret) (eq (plist-get secret :undeclared) t)))))
  (unspill--execute 'unspill.declare (vector (unspill--uri) name)))

(defun unspill--read-name (prompt wanted)
  "Ask with PROMPT for the name of a secret that satisfies WANTED."
  (let* ((secrets (seq-filter wanted (unspill--secrets)))
         (completion-extra-properties
          (list :annotation-function
                (lambda (name)
                  (let ((secret (seq-find (lambda (one) (equal (plist-get one :name) name)) secrets)))
                    (concat "  " (plist-get secret :value)))))))
    (completing-read prompt (mapcar (lambda (secret) (plist-get secret :name)) secrets))))

(defun unspill--secrets ()
  "The names of the secrets of the project, as property lists."
  (append (unspill--execute 'unspill.secrets (vector (unspill--uri))) nil))

(defun unspill--uri () (eglot--path-to-uri (or buffer-file-name (expand-file-name ".env.example"))))

(defun unspill--execute (command arguments)
  "Return the result of the server COMMAND with ARGUMENTS, a vector."
  (jsonrpc-request (eglot--current-server-or-lose) :workspace/executeCommand
                   (list :command (symbol-name command) :arguments arguments)
                   :timeout 600)) ; it may ask something

(provide 'unspill)
;;; unspill.el ends here
