;;; specweave-lsp.el --- Keeps the two statuses of a SpecWeave increment in sync  -*- lexical-binding: t; -*-

;; Version: 0.2.0
;; Package-Requires: ((emacs "28.1"))
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Starts the language server `specweave-lsp' in the files of an increment, through Eglot or lsp-mode, whichever is
;; loaded; saves what a fix has changed, and nothing else; shows a desync, else the open increments, in the mode line.
;;
;;     (require 'specweave-lsp)
;;     (add-hook 'find-file-hook #'specweave-lsp-ensure)

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(defgroup specweave-lsp nil
  "The two statuses of a SpecWeave increment."
  :group 'tools)

(defcustom specweave-lsp-command '("specweave-lsp")
  "The program and its arguments."
  :type '(repeat string))

(defcustom specweave-lsp-save-after-fix t
  "Whether the files that a fix or a close has changed are saved."
  :type 'boolean)

(defface specweave-lsp-alarm '((t :inherit bold :inverse-video t))
  "A desync or an error in the mode line.
Reversed, since the red of `error' cannot be read on every mode line.")

(defvar specweave-lsp-status nil
  "A desync, else the open increments, as the server said last.
Shown in the mode line.")
(put 'specweave-lsp-status 'risky-local-variable t)
(add-to-list 'mode-line-misc-info '(specweave-lsp-status ("" specweave-lsp-status " ")) t)

(defun specweave-lsp-file-p (&optional file)
  "Whether FILE, else the current buffer's, is one the server looks at."
  (when-let* ((file (or file buffer-file-name)))
    (string-match-p "/\\.specweave/\\(lsp\\.json\\|increments/\\([_.][^/]+/\\)?[^/]+/\\(spec\\.md\\|metadata\\.json\\|tasks\\.md\\)\\)\\'"
                    file)))

;;;###autoload
(defun specweave-lsp-ensure ()
  "Start the server if the current buffer is a file of an increment."
  (when (specweave-lsp-file-p)
    ;; Not `lsp-deferred': a fix loads the other file into a buffer that is never shown.
    (cond ((featurep 'lsp-mode) (lsp))
          ((fboundp 'eglot-ensure) (eglot-ensure))
          ((fboundp 'lsp) (lsp)))))

(defun specweave-lsp--show (text severity)
  "Show TEXT, as an alarm if SEVERITY is that of an error."
  (let ((shown (string-replace "%" "%%" (or text ""))))
    (setq specweave-lsp-status
          (if (equal severity "error") (propertize shown 'face 'specweave-lsp-alarm) shown)))
  (force-mode-line-update t))

(defun specweave-lsp--objection (other-changes current)
  "Why the current buffer is not to be saved, or nil.
OTHER-CHANGES: it holds unsaved changes of the user.
CURRENT: it still is what was applied."
  (cond ((or buffer-read-only (not (file-writable-p buffer-file-name))) "is read-only")
        ((not (verify-visited-file-modtime (current-buffer))) "was changed on disk by another program")
        (other-changes "holds other changes that are not saved")
        ((not current) "was changed again meanwhile")))

(defun specweave-lsp--applied (title files)
  "Save FILES, which TITLE has changed: all, or none if one must not be saved.
FILES are lists of a path, whether it has other changes, and a function that
says whether the buffer still is what was applied."
  (when specweave-lsp-save-after-fix
    (let (buffers objections)
      (pcase-dolist (`(,path ,other-changes ,current) files)
        (when-let* ((buffer (find-buffer-visiting path)))
          (with-current-buffer buffer
            (when (buffer-modified-p)
              (push buffer buffers)
              (when-let* ((why (specweave-lsp--objection other-changes (funcall current))))
                (push (format "%s %s" (file-name-nondirectory path) why) objections))))))
      (if objections
          (message "%s: made, but not saved, because %s" title (string-join (nreverse objections) ", and "))
        (dolist (buffer (nreverse buffers))
          (with-current-buffer buffer
            ;; As it is: nothing formats it on the way, and no newline is added.
            (let ((before-save-hook nil) (require-final-newline nil))
              (save-buffer))))))))

;;; Listening

(defun specweave-lsp--listen (process)
  "Hand what PROCESS says to its filter one message at a time.
The filters of lsp-mode (its issue 4323) and of older versions of jsonrpc are
left with a `throw' when the answer that somebody waits for has come.  What came
behind it in the same piece of output is then forgotten, or waits for the next
output: a finding taken back would stay."
  (let ((filter (process-filter process))
        (coding (process-coding-system process))
        (output "") (pieces nil) (missing 0))
    (letrec ((end (lambda ()
                    (save-match-data
                      (when (string-match "Content-Length: \\([0-9]+\\)\r\n\r\n" output)
                        (let ((end (+ (match-end 0) (string-to-number (match-string 1 output)))))
                          (setq missing (- end (length output)))
                          (and (<= missing 0) end))))))
             (feed (lambda (process input)
                     (push input pieces)
                     (setq missing (- missing (length input)))
                     ;; Joined only when a message may be complete: a long one comes in many pieces.
                     (when (<= missing 0)
                       (setq output (apply #'concat output (nreverse pieces))
                             pieces nil)
                       (unwind-protect
                           (let (at)
                             (while (setq at (funcall end))
                               (let ((message (substring output 0 at)))
                                 (setq output (substring output at))
                                 (funcall filter process (decode-coding-string message (car coding))))))
                         (when (funcall end)
                           (run-at-time 0 nil (lambda ()
                                                (when (process-live-p process)
                                                  (funcall feed process ""))))))))))
      ;; The length of a message is given in bytes.
      (set-process-coding-system process 'no-conversion (cdr coding))
      (set-process-filter process feed))))

;;; Eglot

(defvar eglot-server-programs)
(declare-function eglot--uri-to-path "eglot")
(declare-function eglot-uri-to-path "eglot")
(declare-function eglot-ensure "eglot")
(declare-function jsonrpc--process "jsonrpc")

(defun specweave-lsp--eglot-path (uri)
  "The path of URI; newer versions of Eglot made the function public."
  (if (fboundp 'eglot-uri-to-path) (eglot-uri-to-path uri) (eglot--uri-to-path uri)))

(defun specweave-lsp--eglot-version ()
  "The version of the current buffer that the server has; its name changed too."
  (or (bound-and-true-p eglot--docver) (bound-and-true-p eglot--versioned-identifier)))

(defun specweave-lsp--project (folder)
  "The project of FOLDER where no version control says otherwise."
  (when-let* ((root (locate-dominating-file folder ".specweave")))
    (cons 'transient root)))

(with-eval-after-load 'eglot
  (eval
   '(progn
      (defclass specweave-lsp-server (eglot-lsp-server) ())
      (cl-defmethod initialize-instance :after ((server specweave-lsp-server) &rest _)
        ;; Versions that have this function hand on each message by a timer of its own.
        (unless (fboundp 'jsonrpc--continue)
          (specweave-lsp--listen (jsonrpc--process server))))
      (cl-defmethod eglot-client-capabilities ((_ specweave-lsp-server))
        (let ((all (copy-sequence (cl-call-next-method))))
          (plist-put all :experimental '(:specweaveApplied t :specweaveStatus t))))
      (cl-defmethod eglot-handle-notification
        ((_ specweave-lsp-server) (_ (eql specweave/status)) &key text severity &allow-other-keys)
        (specweave-lsp--show text severity))
      (cl-defmethod eglot-handle-notification
        ((_ specweave-lsp-server) (_ (eql specweave/applied)) &key title files &allow-other-keys)
        (specweave-lsp--applied
         title
         (mapcar (lambda (file)
                   (list (specweave-lsp--eglot-path (plist-get file :uri))
                         (eq t (plist-get file :otherChanges))
                         (lambda () (equal (specweave-lsp--eglot-version) (plist-get file :version)))))
                 files)))
      (add-hook 'project-find-functions #'specweave-lsp--project t)
      (add-to-list 'eglot-server-programs
                   (cons '(markdown-mode gfm-mode js-json-mode json-mode json-ts-mode js-mode)
                         (lambda (&rest _) (cons 'specweave-lsp-server specweave-lsp-command)))))
   t))

;;; lsp-mode

(defvar lsp--cur-version)
(declare-function lsp-register-client "lsp-mode")
(declare-function lsp-stdio-connection "lsp-mode")
(declare-function lsp "lsp-mode")
(declare-function lsp--uri-to-path "lsp-mode")
(declare-function make-lsp-client "lsp-mode")

(defun specweave-lsp--connection ()
  "How lsp-mode starts the server and listens to it."
  (let* ((connection (lsp-stdio-connection (lambda () specweave-lsp-command)))
         (connect (plist-get connection :connect)))
    (plist-put connection :connect
               (lambda (&rest arguments)
                 (let ((started (apply connect arguments)))
                   ;; Where Emacs itself speaks JSON-RPC, this is no process.
                   (when (processp (car-safe started))
                     (specweave-lsp--listen (car started)))
                   started)))))

(with-eval-after-load 'lsp-mode
  (let ((handlers (make-hash-table :test 'equal)))
    (puthash "specweave/status"
             (lambda (_ status)
               (specweave-lsp--show (gethash "text" status) (gethash "severity" status)))
             handlers)
    (puthash "specweave/applied"
             (lambda (_ applied)
               (specweave-lsp--applied
                (gethash "title" applied)
                (mapcar (lambda (file)
                          (list (lsp--uri-to-path (gethash "uri" file))
                                (eq t (gethash "otherChanges" file))
                                (lambda () (equal lsp--cur-version (gethash "version" file)))))
                        (gethash "files" applied))))
             handlers)
    (lsp-register-client
     (make-lsp-client
      :server-id 'specweave-lsp
      :new-connection (specweave-lsp--connection)
      :activation-fn (lambda (file _mode) (specweave-lsp-file-p file))
      ;; Beside a server for all Markdown or all JSON.
      :add-on? t
      :notification-handlers handlers
      :custom-capabilities '((experimental . ((specweaveApplied . t) (specweaveStatus . t))))))))

(provide 'specweave-lsp)
;;; specweave-lsp.el ends here
