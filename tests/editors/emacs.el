;; Run by test_emacs.py in `emacs --batch': $UNSPILL_STEPS names the function that is run.
(setq backtrace-on-error-noninteractive nil make-backup-files nil auto-save-default nil create-lockfiles nil
      vc-handled-backends '(Git))
(load (getenv "UNSPILL_EL") nil t)
(require 'cl-lib)
(require 'flymake)
(setq eglot-sync-connect 20 eglot-autoshutdown t eglot-events-buffer-size 0 eglot-confirm-server-initiated-edits nil)

(defvar root (file-name-as-directory (getenv "UNSPILL_ROOT")))

(defun wait (what holds)
  (let ((end (+ (float-time) 20)) value)
    (while (not (setq value (funcall holds)))
      (when (> (float-time) end) (error "%s: not within 20 s" what))
      (accept-process-output nil 0.05)
      (eglot--signal-textDocument/didChange) ; its idle timer never fires in batch
      (flymake-start))
    value))

(defun open (name)
  (find-file (concat root name))
  (apply #'eglot (eglot--guess-contact))
  (flymake-mode 1)
  (wait "diagnostics" #'flymake-diagnostics))

(defun say (value) (princ (concat (json-encode value) "\n")))

(defun diagnostics ()
  (open "app.py")
  (say (mapcar (lambda (one)
                 (list (cons 'line (line-number-at-pos (flymake-diagnostic-beg one)))
                       (cons 'text (flymake-diagnostic-text one))
                       (cons 'value (buffer-substring-no-properties
                                     (flymake-diagnostic-beg one) (flymake-diagnostic-end one)))))
               (flymake-diagnostics)))
  (eglot-shutdown (eglot-current-server)))

(defun fix ()
  (open "app.py")
  (goto-char (point-min))
  (search-forward "\nHF_TOKEN = \"")
  (cl-letf ((last-nonmenu-event ?x) ; nil, as it is in batch, stands for the mouse
            ((symbol-function 'completing-read) (lambda (_prompt all &rest _) (car (all-completions "" all))))
            ((symbol-function 'y-or-n-p) #'always))
    (call-interactively #'eglot-code-actions)
    (wait "the code is edited"
          (lambda () (save-excursion (goto-char (point-min))
                                     (search-forward "HF_TOKEN = os.environ[\"HF_TOKEN\"]" nil t)))))
  (save-some-buffers t)
  (eglot-shutdown (eglot-current-server)))

(defun fix-buffer ()
  (open "chat/client.py")
  (cl-letf ((last-nonmenu-event ?x) ((symbol-function 'y-or-n-p) #'always))
    (unspill-fix-buffer)
    (wait "nothing is left" (lambda () (null (flymake-diagnostics)))))
  (save-some-buffers t)
  (eglot-shutdown (eglot-current-server)))

;; Ten minutes of typing. A step is what `recording.py' says. Emacs 28 has no modes of its own for these files.
(add-to-list 'auto-mode-alist '("\\.\\(md\\|yaml\\)\\'" . text-mode))

(defun replay-open (name)
  (let ((known (find-buffer-visiting (concat root name))))
    (if known (switch-to-buffer known)
      (find-file (concat root name))
      (if (eglot-current-server) (eglot--maybe-activate-editing-mode)
        (apply #'eglot (eglot--guess-contact)))
      (electric-indent-local-mode -1)
      (flymake-mode 1))))

(defun replay-line (number) (goto-char (point-min)) (forward-line number))
(defun replay-end (number) (replay-line number) (end-of-line))

(defun replay-type (text)
  (seq-do (lambda (char)
            (insert char)
            (accept-process-output nil 0)
            (eglot--signal-textDocument/didChange))
          text))

(defun replay-paste (text) (undo-boundary) (insert text) (undo-boundary))
(defun replay-undo (_) (undo-boundary) (undo-start) (undo-more 1) (undo-more 1))
(defun replay-erase (count) (delete-char (- count)))
(defun replay-cut (count) (delete-region (point) (progn (forward-line count) (point))))
(defun replay-save (_) (save-buffer))
(defun replay-close (_) (kill-buffer))

(defun replay-rename (to)
  (rename-file buffer-file-name (concat root to))
  (set-visited-file-name (concat root to) t t)
  (revert-buffer t t))

(defun replay-remove (_)
  (delete-file buffer-file-name)
  (set-buffer-modified-p nil)
  (kill-buffer))

(defun found-everywhere ()
  (apply #'append
         (mapcar (lambda (buffer)
                   (with-current-buffer buffer
                     (when (and buffer-file-name flymake-mode)
                       (mapcar (lambda (one)
                                 (vector (file-name-nondirectory buffer-file-name)
                                         (line-number-at-pos (flymake-diagnostic-beg one))
                                         (buffer-substring-no-properties
                                          (flymake-diagnostic-beg one) (flymake-diagnostic-end one))))
                               (flymake-diagnostics)))))
                 (buffer-list))))

(defun replay ()
  (let ((steps (with-temp-buffer (insert-file-contents (getenv "UNSPILL_RECORDING"))
                                 (json-parse-buffer :array-type 'list :null-object nil))))
    (dolist (step steps)
      (funcall (intern (concat "replay-" (car step))) (cadr step))
      (when eglot--managed-mode (eglot--signal-textDocument/didChange)))
    ;; The server has read all once it answers.
    (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams) :timeout 90)
    (let (before)
      (wait "the diagnostics have settled"
            (lambda ()
              (dolist (buffer (buffer-list))
                (with-current-buffer buffer
                  (when eglot--managed-mode (eglot--signal-textDocument/didChange) (flymake-start))))
              (accept-process-output nil 1.5)
              (let ((now (found-everywhere)))
                (prog1 (equal now before) (setq before now))))))
    (say (found-everywhere))
    (let ((server (with-current-buffer (find-buffer-visiting (concat root "app.py")) (eglot-current-server))))
      (eglot-shutdown server))))

(defun hover ()
  (open "app.py")
  (goto-char (point-min))
  (search-forward "\nHF_TOKEN = \"hf")
  (let (shown)
    (eglot-hover-eldoc-function (lambda (text &rest _) (setq shown (substring-no-properties text))))
    (wait "the hover" (lambda () shown))
    (say shown))
  (eglot-shutdown (eglot-current-server)))

(defun rename ()
  (open "app.py")
  (goto-char (point-min))
  (search-forward "getenv(\"GROQ")
  (cl-letf (((symbol-function 'y-or-n-p) #'always))
    (eglot-rename "LLM_KEY"))
  (save-some-buffers t)
  (eglot-shutdown (eglot-current-server)))

(defun secrets ()
  (open "app.py")
  (let (offered)
    (cl-letf (((symbol-function 'completing-read)
               (lambda (_prompt all &rest _) (setq offered (append all nil)) "LOG_LEVEL"))
              ((symbol-function 'y-or-n-p) #'always))
      (call-interactively #'unspill-declare))
    (save-some-buffers t)
    (unspill-secrets "GROQ_API_KEY")
    (say (list offered (file-name-nondirectory buffer-file-name) (line-number-at-pos))))
  (eglot-shutdown (eglot-current-server)))

(condition-case problem
    (funcall (intern (getenv "UNSPILL_STEPS")))
  (error (message "%S" problem) (kill-emacs 1)))
(kill-emacs 0)
