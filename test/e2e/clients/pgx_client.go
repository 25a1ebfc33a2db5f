// Runs SQL with pgx for the tests; lib/client.mjs has the protocol.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
)

// field is nil for SQL's NULL.
type field = *string

func read(line string) ([]field, error) {
	var fields []field
	for _, text := range strings.Fields(line) {
		if text == "-" {
			fields = append(fields, nil)
			continue
		}
		bytes, err := base64.StdEncoding.DecodeString(text[1:])
		if err != nil {
			return nil, err
		}
		value := string(bytes)
		fields = append(fields, &value)
	}
	return fields, nil
}

func write(fields []field) {
	words := make([]string, len(fields))
	for i, value := range fields {
		words[i] = "-"
		if value != nil {
			words[i] = "=" + base64.StdEncoding.EncodeToString([]byte(*value))
		}
	}
	fmt.Println(strings.Join(words, " "))
}

func connect(ctx context.Context, fields []field) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("sslmode=disable")
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(*fields[1], 10, 16)
	if err != nil {
		return nil, err
	}
	config.Host, config.Port = *fields[0], uint16(port)
	config.Database, config.User = *fields[2], *fields[3]
	if fields[4] != nil {
		config.RuntimeParams["pg_session_jwt.jwk"] = *fields[4]
	}
	return pgx.ConnectConfig(ctx, config)
}

// run gives the answer's fields: "ok", the number of rows, and the rows' cells.
func run(ctx context.Context, conn *pgx.Conn, request []field) (answer []field, err error) {
	err = conn.BeginFunc(ctx, func(tx pgx.Tx) error {
		if request[0] != nil {
			if _, err := tx.Exec(ctx, "SELECT auth.jwt_session_init($1, true)", *request[0]); err != nil {
				return err
			}
		}
		var values []interface{}
		for _, value := range request[2:] {
			values = append(values, value)
		}
		rows, err := tx.Query(ctx, *request[1], values...)
		if err != nil {
			return err
		}
		defer rows.Close()
		var cells []field
		for rows.Next() {
			row, err := rows.Values()
			if err != nil {
				return err
			}
			for _, cell := range row {
				text := fmt.Sprint(cell)
				cells = append(cells, &text)
			}
		}
		if rows.Err() != nil {
			return rows.Err()
		}
		ok, count := "ok", strconv.FormatInt(rows.CommandTag().RowsAffected(), 10)
		answer = append([]field{&ok, &count}, cells...)
		return nil
	})
	return answer, err
}

func serve() error {
	ctx := context.Background()
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	input.Scan()
	first, err := read(input.Text())
	if err != nil {
		return err
	}
	conn, err := connect(ctx, first)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for input.Scan() {
		request, err := read(input.Text())
		if err != nil {
			return err
		}
		answer, err := run(ctx, conn, request)
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			kind := "error"
			answer = []field{&kind, &refused.Code, &refused.Message}
		} else if err != nil {
			return err
		}
		write(answer)
	}
	return input.Err()
}

func main() {
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}
