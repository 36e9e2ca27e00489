package api

import (
	"net/http"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
)

// formatsV2 are the formats of POST /v2/query; the first one is for clients that do not mind.
var formatsV2 = map[string]*format{
	typeJSON:   {contentType: typeJSON, encode: encodeV2},
	typeNDJSON: {contentType: typeNDJSON, encode: encodeNDJSON},
	typeCSV:    {contentType: "text/csv; charset=utf-8", filename: "query_results.csv", encode: encodeCSV},
	typeArrow:  {contentType: typeArrow, encode: encodeArrow},
}

// queryV2 serves POST /v2/query.
func (s *server) queryV2(w http.ResponseWriter, r *http.Request) {
	who, q, err := s.askedV2(r, true)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	f, err := pick(r, formatsV2, typeJSON, typeNDJSON, typeCSV, typeArrow)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, who, q, f)
}

// askedV2 returns who asks, and what the body asks. minRequired wants the beginning of the time range said.
func (s *server) askedV2(r *http.Request, minRequired bool) (principal, question, error) {
	who, err := s.reader(r)
	if err != nil {
		return who, question{}, err
	}
	p, err := bodyParameters(r)
	if err != nil {
		return who, question{}, err
	}
	q, err := p.question(defaultRowsV2, minRequired)
	return who, q, err
}

// render serves POST /v1/render, which takes what POST /v2/query takes: the statement with its variables filled in, for
// people. What the engine gets is not told: it is no dialect of ours.
func (s *server) render(w http.ResponseWriter, r *http.Request) {
	who, q, err := s.askedV2(r, false)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q.of(who)
	sql, err := pgsql.Fill(q.sql, pgsql.Options{MinTime: q.min, MaxTime: q.max, Environments: q.environments, Variables: q.variables, Now: s.Now()})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"sql": sql})
}

// queryV1 serves GET /v1/query, as SDKs up to 4.34 and the clients of other languages ask.
func (s *server) queryV1(w http.ResponseWriter, r *http.Request) {
	who, err := s.reader(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	values := r.URL.Query()
	q, err := queryParameters(values).question(defaultRowsV1, false)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	formats := map[string]*format{
		typeJSON:  {contentType: typeJSON, encode: encodeV1Columns},
		typeCSV:   formatsV2[typeCSV],
		typeArrow: formatsV2[typeArrow],
	}
	for _, name := range []string{"json_rows", "row_oriented"} { // what clients send, what the documentation says
		if rows, _ := parseFlag(values.Get(name)); rows {
			formats[typeJSON] = &format{contentType: typeJSON, encode: encodeV1Rows}
		}
	}
	f, err := pick(r, formats, typeJSON, typeCSV, typeArrow)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, who, q, f)
}

// pick returns the format that a client likes best.
func pick(r *http.Request, formats map[string]*format, offers ...string) (*format, error) {
	name := negotiate(r.Header.Get("Accept"), offers...)
	if name == "" {
		return nil, &problem{status: http.StatusNotAcceptable, detail: "No such format. Accept one of application/json, text/csv, " + typeArrow + "."}
	}
	return formats[name], nil
}

// answer asks the engine and writes its answer. An error becomes a proper status as long as the beginning of the
// answer is held back; after that, NDJSON tells it in a line and all other formats break off.
func (s *server) answer(w http.ResponseWriter, r *http.Request, who principal, q question, f *format) {
	w.Header().Set("X-Logfire-Context", who.project.Organization+"/"+who.project.Name)
	q.of(who)
	a, err := s.engine.run(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer func() {
		if err := a.close(); err != nil {
			s.log.Debug("answer not closed", "error", err)
		}
	}()
	out := &heldWriter{w: patientWriter{w, s.patience}, header: func(h http.Header) {
		h.Set("Content-Type", f.contentType)
		if f.filename != "" {
			h.Set("Content-Disposition", `attachment; filename="`+f.filename+`"`)
		}
	}}
	err = f.encode(out, a)
	switch {
	case err == nil:
		_ = out.commit() // a client that has gone needs no answer
	case !out.committed:
		s.fail(w, r, err)
	case f.contentType == typeNDJSON:
		_, _ = out.Write(errorLine(s.problemFor(r, err).Error()))
	default:
		_ = s.problemFor(r, err) // logs what nobody can be told: the status has gone out
		panic(http.ErrAbortHandler)
	}
}

// schemas serves GET /v1/schemas: the tables with their columns, and the functions, which Logfire does not list.
func (s *server) schemas(w http.ResponseWriter, r *http.Request) {
	if _, err := s.reader(r); err != nil {
		s.fail(w, r, err)
		return
	}
	type columnSchema struct {
		DataType    string `json:"data_type"`
		Nullable    bool   `json:"nullable"`
		Description string `json:"description"`
		IsJSON      bool   `json:"is_json"`
		Position    int    `json:"position"` // from 1: the members of an object have no order
	}
	type tableSchema struct {
		Name        string                  `json:"name"`
		Description string                  `json:"description"`
		Schema      map[string]columnSchema `json:"schema"`
	}
	type functionSchema struct {
		Name        string `json:"name"`
		Kind        string `json:"kind"`
		Signature   string `json:"signature"`
		Description string `json:"description"`
	}
	tables := []tableSchema{}
	for _, table := range []*record.Table{record.RecordsTable, record.RecordsAllTable, record.MetricsTable} {
		t := tableSchema{Name: table.Name, Description: table.Description, Schema: map[string]columnSchema{}}
		for i, c := range table.Public() {
			t.Schema[c.Name] = columnSchema{postgresName(c.Type), !c.NotNull, c.Description, c.Type.Kind == record.TypeJSON, i + 1}
		}
		tables = append(tables, t)
	}
	functions := []functionSchema{}
	for _, f := range pgsql.Functions() {
		functions = append(functions, functionSchema(f))
	}
	writeJSON(w, http.StatusOK, map[string]any{"tables": tables, "functions": functions})
}

// tokenInfo is what a token's holder may know of it.
func (s *server) tokenInfo(r *http.Request, who principal) map[string]any {
	return map[string]any{
		"token_id":          who.token.ID,
		"organization_id":   who.project.OrganizationID,
		"organization_name": who.project.Organization,
		"project_id":        who.project.ID,
		"project_name":      who.project.Name,
		"project_url":       s.projectURL(r, who.project),
		"expires_at":        who.expiry(),
	}
}

// writeTokenInfo serves GET /v1/info, which SDKs ask when they are configured.
func (s *server) writeTokenInfo(w http.ResponseWriter, r *http.Request) {
	who, err := s.auth.principal(r, meta.WriteToken)
	if err == nil {
		if why := s.Exhausted(who.project.ID); why != "" {
			err = &problem{status: http.StatusPaymentRequired, detail: why}
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, s.tokenInfo(r, who))
}

// readTokenInfo serves GET /v1/read-token-info. Clients insist on a subscription plan, and know what the rest means.
func (s *server) readTokenInfo(w http.ResponseWriter, r *http.Request) {
	who, err := s.reader(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	info := s.tokenInfo(r, who)
	info["organization_subscription_plan"] = "self_hosted"
	info["organization_analytics_enabled"] = false
	for _, key := range []string{"spending_cap_reached_at", "billing_cycle_start", "billing_cycle_end", "owner_user_id"} {
		info[key] = nil
	}
	writeJSON(w, http.StatusOK, info)
}
