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

(condition-case problem
    (funcall (intern (getenv "UNSPILL_STEPS")))
  (error (message "%S" problem) (kill-emacs 1)))
(kill-emacs 0)
