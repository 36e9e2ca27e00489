package api

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// auditSpan is the longest time that one question about the audit log may be about.
const auditSpan = 90 * 24 * time.Hour

// auditLog serves GET /api/v1/audit-logs: the newest entries first, a page at a time in JSON, all of them as a file.
func (s *server) auditLog(w http.ResponseWriter, r *http.Request, o named) {
	f, format, err := s.auditFilter(r, o)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if appendTo := auditFiles[format]; appendTo != nil {
		s.auditFile(w, r, f, format, func(dst []byte, e *meta.AuditEntry) []byte { return appendTo(dst, e, o) })
		return
	}
	list, err := s.Meta.AuditLog(r.Context(), f)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for i := range list {
		answer = append(answer, auditBody(&list[i], o))
	}
	if len(list) == f.Limit {
		next := r.URL.Query()
		next.Set("end_time", iso(f.To)) // now moves on
		next.Set("cursor", auditCursor(list[len(list)-1].Place()))
		w.Header().Set("Link", "<"+s.origin(r)+r.URL.Path+"/?"+next.Encode()+`>; rel="next"`)
	}
	writeJSON(w, http.StatusOK, answer)
}

// auditEntry serves GET /api/v1/audit-logs/{entry_id}. Hearth keeps nothing with which a change could be taken back.
func (s *server) auditEntry(w http.ResponseWriter, r *http.Request, o named) {
	list, err := s.Meta.AuditLog(r.Context(), meta.AuditFilter{
		OrganizationID: o.ID, ID: chi.URLParam(r, "entry_id"), From: time.Unix(0, 0), To: s.Now().Add(time.Hour), Limit: 1,
	})
	if err == nil && len(list) == 0 {
		err = meta.ErrNotFound
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body := auditBody(&list[0], o)
	body["downgrade_patches"], body["metadata"] = []any{}, nil
	writeJSON(w, http.StatusOK, body)
}

// auditFilter reads the parameters, and in which form the answer is wanted.
func (s *server) auditFilter(r *http.Request, o named) (_ meta.AuditFilter, format string, _ error) {
	in := queryParameters(r.URL.Query())
	f := meta.AuditFilter{
		OrganizationID: o.ID, From: in.timestamp("start_time", true), To: cmp.Or(in.timestamp("end_time", false), s.Now().UTC().Truncate(time.Microsecond)),
		Action: meta.Action(in.text("action", false)), Actor: in.text("user", false), Limit: in.limit(meta.MaxAuditEntries),
	}
	if f.Limit > meta.MaxAuditEntries {
		in.fault("limit", "less_than_equal", "Input should be less than or equal to %d", meta.MaxAuditEntries)
	}
	if text := in.text("cursor", false); text != "" {
		var ok bool
		if f.Before, ok = auditPlace(text); !ok {
			in.fault("cursor", "value_error", "Input should be a cursor of an earlier answer")
		}
	}
	format = cmp.Or(in.text("format", false), "json")
	if format != "json" && auditFiles[format] == nil {
		in.fault("format", "enum", "Input should be 'json', 'csv' or 'ndjson'")
	}
	switch {
	case len(in.faults) > 0:
		return f, "", invalid(in.faults...)
	case f.To.Sub(f.From) > auditSpan:
		return f, "", badRequest("The time from start_time to end_time is longer than %d days.", auditSpan/(24*time.Hour))
	}
	return f, format, nil
}

// auditCursor writes a place as clients send it back.
func auditCursor(p meta.AuditPlace) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, p.At.UnixMicro(), 10)) + "." + base64.RawURLEncoding.EncodeToString([]byte(p.ID))
}

func auditPlace(cursor string) (p meta.AuditPlace, ok bool) {
	at, id, _ := strings.Cut(cursor, ".")
	micros, badTime := base64.RawURLEncoding.DecodeString(at)
	text, badID := base64.RawURLEncoding.DecodeString(id)
	n, badNumber := strconv.ParseInt(string(micros), 10, 64)
	return meta.AuditPlace{At: time.UnixMicro(n).UTC(), ID: string(text)}, badTime == nil && badID == nil && badNumber == nil
}

// auditColumns are those of a file with the audit log, in order.
var auditColumns = []string{"created_at", "user_name", "action", "resource_type", "record_id", "detail", "ip_address", "user_id", "organization_name", "project_name", "project_id", "id"}

// auditFiles append an entry to a file, by the format's name; the header line, where there is one, when it is nil.
var auditFiles = map[string]func(dst []byte, e *meta.AuditEntry, o named) []byte{"csv": appendAuditCSV, "ndjson": appendAuditJSON}

// auditFile sends all entries that a filter selects, page after page, so that the memory does not grow with them.
func (s *server) auditFile(w http.ResponseWriter, r *http.Request, f meta.AuditFilter, format string, appendTo func([]byte, *meta.AuditEntry) []byte) {
	f.Limit = meta.MaxAuditEntries
	list, err := s.Meta.AuditLog(r.Context(), f)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", map[string]string{"csv": typeCSV, "ndjson": typeNDJSON}[format])
	w.Header().Set("Content-Disposition", `attachment; filename="audit-log-`+f.To.UTC().Format("2006-01-02")+"."+format+`"`)
	text, out := appendTo(nil, nil), patientWriter{w, s.patience}
	for {
		for i := range list {
			text = appendTo(text, &list[i])
		}
		if _, err := out.Write(text); err != nil || len(list) < f.Limit {
			return
		}
		f.Before, text = list[len(list)-1].Place(), text[:0]
		if list, err = s.Meta.AuditLog(r.Context(), f); err != nil {
			_ = s.problemFor(r, err)    // logs it
			panic(http.ErrAbortHandler) // a part is out: the client has to notice
		}
	}
}

func appendAuditJSON(dst []byte, e *meta.AuditEntry, o named) []byte {
	if e == nil {
		return dst
	}
	text, err := json.Marshal(auditBody(e, o))
	if err != nil {
		panic(err) // it is made of plain values
	}
	return append(append(dst, text...), '\n')
}

func appendAuditCSV(dst []byte, e *meta.AuditEntry, o named) []byte {
	cells := auditColumns
	if e != nil {
		cells = []string{
			iso(e.CreatedAt), e.Name, string(e.Action), e.ResourceType, e.ResourceID, e.Detail, e.Address, e.UserID, o.Name, o.projects[e.ProjectID], e.ProjectID, e.ID,
		}
	}
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCell(dst, harmless(cell), false)
	}
	return append(dst, '\n')
}

// harmless puts an apostrophe before what a spreadsheet would compute: strangers choose some of these texts.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func auditBody(e *meta.AuditEntry, o named) map[string]any {
	return map[string]any{
		"id": e.ID, "created_at": iso(e.CreatedAt), "organization_name": o.Name, "project_name": textOrNil(o.projects[e.ProjectID]),
		"project_id": textOrNil(e.ProjectID), "user_id": textOrNil(e.UserID), "user_name": textOrNil(e.Name), "ip_address": textOrNil(e.Address),
		"action": e.Action, "resource_type": textOrNil(e.ResourceType), "record_id": textOrNil(e.ResourceID), "detail": textOrNil(e.Detail),
	}
}
