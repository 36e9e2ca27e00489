package meta

import (
	"context"
	"database/sql"
	"fmt"
)

// Service is a service of a project and the colour by which everybody knows it.
type Service struct {
	Name string
	Hue  int // 1 to Hues
}

// Hues is how many colours services are told apart by.
const Hues = 20

// MaxServices is how many services of a project are remembered. Names come from telemetry: nobody else bounds them.
const MaxServices = 1000

// Services returns the services of a project in the order in which they were first seen.
func (db *DB) Services(ctx context.Context, projectID string) ([]Service, error) {
	return services(ctx, db.read, projectID)
}

// AddServices remembers services of a project, in the order of names: each gets the next hue, unless it has one already,
// and keeps it for ever. Names beyond MaxServices are not remembered. It returns all services, as Services does.
func (db *DB) AddServices(ctx context.Context, projectID string, names []string) (all []Service, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		for _, name := range names {
			// One statement: the number is free because transactions queue for the one writer, and services never go.
			_, err := tx.ExecContext(ctx,
				`INSERT INTO services (project_id, name, number)
				 SELECT $1, $2, count(*) FROM services WHERE project_id = $3 HAVING count(*) < $4
				 ON CONFLICT (project_id, name) DO NOTHING`,
				projectID, name, projectID, MaxServices)
			if err != nil {
				return err
			}
		}
		all, err = services(ctx, tx, projectID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("remember services of project %s: %w", projectID, err)
	}
	return all, nil
}

func services(ctx context.Context, q querier, projectID string) ([]Service, error) {
	rows, err := q.QueryContext(ctx, `SELECT name, number FROM services WHERE project_id = $1 ORDER BY number`, projectID)
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	return collect(rows, "services", func(row scanner) (Service, error) {
		var s Service
		var number int
		err := row.Scan(&s.Name, &number)
		s.Hue = number%Hues + 1
		return s, err
	})
}
