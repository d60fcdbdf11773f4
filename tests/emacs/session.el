;;; One scenario in a real Emacs: emacs -Q --batch -l session.el CLIENT SCENARIO ROOT  -*- lexical-binding: t; -*-
;; CLIENT is `eglot' or `lsp-mode'.  Prints what it sees as JSON; an error ends Emacs with a status other than 0.

(require 'json)
(setq package-user-dir (expand-file-name "packages" (getenv "HOME")))
;; Where Debian puts packages; -Q leaves it out.
(require (quote package))
(add-to-list (quote package-directory-list) "/usr/share/emacs/site-lisp/elpa")
(package-initialize)

(defvar messages nil "What was said.")
(advice-add 'message :before
            (lambda (format &rest arguments)
              (when format (push (apply #'format-message format arguments) messages))))
(defvar before nil "The mode line at the beginning.")
(defvar questions nil "What was asked; the answer is yes.")
(fset 'y-or-n-p (lambda (prompt) (push prompt questions) t))
(fset 'yes-or-no-p (lambda (prompt) (error "nobody is there to answer: %s" prompt)))

(defvar client (intern (nth 0 command-line-args-left)))
(defvar scenario (nth 1 command-line-args-left))
(defvar root (file-name-as-directory (nth 2 command-line-args-left)))
(setq command-line-args-left nil)
(defvar folder (concat root ".specweave/increments/0047-us-task-linkage/"))
(defvar spec (concat folder "spec.md"))
(defvar metadata (concat folder "metadata.json"))

(require 'markdown-mode)
(require client)
(require 'specweave-lsp)
(add-hook 'find-file-hook #'specweave-lsp-ensure)
(setq make-backup-files nil
      create-lockfiles nil
      lsp-enable-snippet nil
      lsp-auto-guess-root t
      lsp-restart 'ignore
      lsp-session-file (expand-file-name "lsp-session" (getenv "HOME"))
      lsp-diagnostics-provider :none
      lsp-log-io nil)

(defun must (what condition)
  "Wait for CONDITION, handling what the server says and what is due when Emacs is idle."
  (let ((end (+ (float-time) 20)) value)
    (while (not (setq value (funcall condition)))
      (when (> (float-time) end)
        (error "waited in vain for %s; said: %S" what messages))
      (accept-process-output nil 0.02)
      (send-changes))
    value))

(defun send-changes ()
  "Tell the server of changes: timers for an idle Emacs do not run in batch mode."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (cond ((and (eq client 'eglot) (bound-and-true-p eglot--managed-mode))
             (eglot--signal-textDocument/didChange))
            ((and (eq client 'lsp-mode) (bound-and-true-p lsp-mode) (fboundp 'lsp--flush-delayed-changes))
             (lsp--flush-delayed-changes))))))

(defun contents (file)
  (with-temp-buffer (insert-file-contents file) (buffer-string)))

(defun attached ()
  (if (eq client 'eglot) (eglot-current-server)
    (and (lsp-workspaces) (cl-every (lambda (it) (eq 'initialized (lsp--workspace-status it))) (lsp-workspaces)))))

(defun open (file)
  (find-file file)
  ;; `eglot-ensure' waits for the end of the command.
  (run-hooks 'post-command-hook)
  (must "the server" #'attached))

(defun codes (file)
  "The findings in FILE, open or not."
  (let ((found
         (if (eq client 'eglot)
             (when-let ((buffer (find-buffer-visiting file)))
               (with-current-buffer buffer
                 (unless flymake-mode (flymake-mode 1))
                 (flymake-start)
                 (mapcar (lambda (it) (plist-get (alist-get 'eglot-lsp-diag (flymake-diagnostic-data it)) :code))
                         (flymake-diagnostics))))
           (mapcar (lambda (it) (gethash "code" it)) (gethash (lsp--fix-path-casing file) (lsp-diagnostics))))))
    (string-join (delq nil found) " ")))

(defun act (title)
  "Run the code action whose title begins with TITLE, as its menu does."
  (let* ((actions (if (eq client 'eglot) (eglot-code-actions (point) (point)) (append (lsp-code-actions-at-point) nil)))
         (get (lambda (action) (if (eq client 'eglot) (plist-get action :title) (gethash "title" action))))
         (action (cl-find-if (lambda (it) (string-prefix-p title (funcall get it))) actions)))
    (unless action (error "no action %s among %S" title (mapcar get actions)))
    (if (eq client 'lsp-mode) (lsp-execute-code-action action)
      (cl-letf (((symbol-function 'completing-read) (lambda (&rest _) (plist-get action :title)))
                (last-nonmenu-event ?x))
        (eglot--read-execute-code-action actions (eglot-current-server))))))

(defun at-status ()
  (goto-char (point-min))
  (re-search-forward "status\"?: \"?"))

(defun set-status (status)
  "Type STATUS, and do not save it."
  (at-status)
  (delete-region (point) (line-end-position))
  (insert status)
  (send-changes))

(pcase scenario
  ("fix"
   (open spec)
   (must "the finding" (lambda () (equal (codes spec) "status-desync")))
   (must "the alarm in the mode line"
         (lambda () (and (string-match-p "0047" (or specweave-lsp-status ""))
                         (eq (get-text-property 0 'face specweave-lsp-status) 'specweave-lsp-alarm))))
   (at-status)
   (act "Set spec.md status")
   (must "the file" (lambda () (string-match-p "^status: completed$" (contents spec))))
   (must "no finding" (lambda () (equal (codes spec) "")))
   (must "a calm mode line" (lambda () (null (get-text-property 0 'face specweave-lsp-status)))))
  ("fix_closed"
   (open spec)
   (must "the finding" (lambda () (equal (codes spec) "status-desync")))
   (at-status)
   (act "Set metadata.json status")
   (must "the file" (lambda () (string-match-p "\"status\": \"active\"" (contents metadata))))
   (must "no finding" (lambda () (equal (codes spec) ""))))
  ("close"
   (open metadata)
   (open spec)
   (at-status)
   (act "Close increment")
   (must "both files" (lambda () (and (string-match-p "^status: completed$" (contents spec))
                                      (string-match-p "\"status\": \"completed\"" (contents metadata))))))
  ("behind_an_answer"
   (open metadata)
   (open spec)
   (must "the mode line" (lambda () (string-match-p "0047" (or specweave-lsp-status ""))))
   (setq before specweave-lsp-status)
   ;; After a question Emacs looks away, then reads all that was said in one piece.
   (advice-add 'process-send-string :after
               (lambda (_ text) (when (string-match-p "hover" text) (call-process "sleep" nil nil nil "0.5"))))
   (set-status "completed")
   (must "the first change" (lambda () (not (equal specweave-lsp-status before))))
   ;; The server does not say two statuses at once: it answers, and says this one behind the answer.
   (set-status "active")
   (if (eq client 'eglot)
       (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams))
     (lsp-request "textDocument/hover" (lsp--text-document-position-params)))
   (must "the second change" (lambda () (equal specweave-lsp-status before))))
  ("modified"
   (open metadata)
   (open spec)
   (goto-char (point-max))
   (insert "Typed, and not saved.\n")
   (at-status)
   (act "Close increment")
   (must "the reason" (lambda () (cl-some (lambda (it) (string-match-p "spec.md holds other changes" it)) messages)))))

(princ (json-encode `((said . ,(vconcat messages)) (asked . ,(vconcat questions)))))
(kill-emacs 0)
