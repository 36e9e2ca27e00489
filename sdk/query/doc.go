// Package query is a client for Hearth's query API: SQL in, rows out, and the live tail.
//
//	client := &query.Client{} // local mode: http://127.0.0.1:4318, no token
//	result, err := client.Query(ctx, query.Request{SQL: "select message, duration from records limit 5"})
//	if err != nil {
//		return err
//	}
//	for _, row := range result.Rows {
//		fmt.Println(row["message"], row["duration"])
//	}
//
// Following what arrives:
//
//	for frame, err := range client.Tail(ctx, "level >= 'warn'", query.TailOptions{}) {
//		if err != nil {
//			return err
//		}
//		for _, r := range frame.Records {
//			fmt.Println(r.Message)
//		}
//	}
package query
