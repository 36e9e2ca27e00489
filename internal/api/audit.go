package api

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// auditSpan is the longest time that one question about the audit log may be about.
const auditSpan = 90 * 24 * time.Hour

// auditLog serves GET /api/v1/audit-logs: the newest entries first, a page at a time in JSON, all of them as a file.
func (s *server) auditLog(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	f, format, err := s.auditFilter(r, o)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if appendTo := auditFiles[format]; appendTo != nil {
		s.auditFile(w, r, f, format, appendTo)
		return
	}
	list, err := s.Meta.AuditLog(r.Context(), f)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for i := range list {
		answer = append(answer, auditBody(&list[i]))
	}
	if len(list) == f.Limit {
		next := r.URL.Query()
		next.Set("end_time", iso(f.To)) // now moves on
		next.Set("cursor", auditCursor(list[len(list)-1].Place()))
		w.Header().Set("Link", "<"+s.origin(r)+r.URL.Path+"/?"+next.Encode()+`>; rel="next"`)
	}
	writeJSON(w, http.StatusOK, answer)
}

// auditFilter reads the parameters, and in which form the answer is wanted.
func (s *server) auditFilter(r *http.Request, o meta.Organization) (_ meta.AuditFilter, format string, _ error) {
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
var auditColumns = []string{"created_at", "user_name", "action", "resource_type", "record_id", "detail", "ip_address", "user_id", "project_id", "id"}

// auditFiles append an entry to a file, by the format's name; the header line, where there is one, when it is nil.
var auditFiles = map[string]func(dst []byte, e *meta.AuditEntry) []byte{"csv": appendAuditCSV, "ndjson": appendAuditJSON}

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

func appendAuditJSON(dst []byte, e *meta.AuditEntry) []byte {
	if e == nil {
		return dst
	}
	text, err := json.Marshal(auditBody(e))
	if err != nil {
		panic(err) // it is made of plain values
	}
	return append(append(dst, text...), '\n')
}

func appendAuditCSV(dst []byte, e *meta.AuditEntry) []byte {
	cells := auditColumns
	if e != nil {
		cells = []string{
			iso(e.CreatedAt), e.Name, string(e.Action), e.ResourceType, e.ResourceID, e.Detail, e.Address, e.UserID, e.ProjectID, e.ID,
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

func auditBody(e *meta.AuditEntry) map[string]any {
	orNil := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	return map[string]any{
		"id": e.ID, "created_at": iso(e.CreatedAt), "project_id": orNil(e.ProjectID), "user_id": orNil(e.UserID), "user_name": orNil(e.Name),
		"ip_address": orNil(e.Address), "action": e.Action, "resource_type": orNil(e.ResourceType), "record_id": orNil(e.ResourceID), "detail": orNil(e.Detail),
	}
}
