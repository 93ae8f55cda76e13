// lib/pq: PGHOST, PGDATABASE and so on say where the database is.
package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/lib/pq"
)

type document map[string]interface{}

type failure struct {
	Field, Code, Message string
}

func told(failures []failure) string {
	var all []string
	for _, f := range failures {
		all = append(all, f.Field+" "+f.Code)
	}
	return strings.Join(all, ", ")
}

func text(value interface{}) string {
	bytes, err := json.Marshal(value)
	check(err)
	return string(bytes)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	db, err := sql.Open("postgres", "sslmode=disable")
	check(err)

	// One document. json.Number keeps the digits of what comes out.
	beans := document{"external_id": "C-1", "name": "Espresso beans", "price": 12.90}
	var answer string
	check(db.QueryRow("SELECT product_upsert($1, 'external_id')", text(beans)).Scan(&answer))
	var product struct {
		ID    int64
		Name  string
		Price json.Number
	}
	check(json.Unmarshal([]byte(answer), &product))
	price, err := product.Price.Float64()
	check(err)
	fmt.Printf("upsert: product %d is %s at %.2f\n", product.ID, product.Name, price)

	// Many, and what became of each.
	broken := document{"external_id": "C-3", "price": "cheap"}
	documents := []document{beans, {"external_id": "C-2", "name": "Filter papers", "price": 3.50}, broken}
	rows, err := db.Query("SELECT position, status, errors FROM product_upsert_rows($1, on_error => 'skip')", text(documents))
	check(err)
	for rows.Next() {
		var position int64
		var status string
		var said sql.NullString
		check(rows.Scan(&position, &status, &said))
		fmt.Printf("bulk: %d %s", position, status)
		if said.Valid {
			var failures []failure
			check(json.Unmarshal([]byte(said.String), &failures))
			fmt.Print(": ", told(failures))
		}
		fmt.Println()
	}
	check(rows.Err())

	// Where all or nothing is written, the same errors stand in the DETAIL of the one that is raised.
	_, err = db.Exec("SELECT product_upsert_bulk($1)", text([]document{broken}))
	var raised *pq.Error
	if errors.As(err, &raised) {
		var detail struct{ Errors []failure }
		check(json.Unmarshal([]byte(raised.Detail), &detail))
		fmt.Printf("error: %s: %s\n", raised.Code, told(detail.Errors))
	}

	// A json.Number is written as it stands, so decimals are exact both ways.
	check(db.QueryRow("SELECT product_upsert($1)", text(document{"external_id": "C-2", "price": json.Number("12345678901234567890.123456789")})).Scan(&answer))
	check(json.Unmarshal([]byte(answer), &product))
	fmt.Println("exact:", product.Price)

	// A COPY into a table with the trigger is a bulk call.
	transaction, err := db.Begin()
	check(err)
	copying, err := transaction.Prepare(pq.CopyIn("feed", "document"))
	check(err)
	_, err = copying.Exec(text(document{"external_id": "C-4", "name": "Pot \"No. 1\"", "price": 24.00}))
	check(err)
	_, err = copying.Exec()
	check(err)
	check(copying.Close())
	check(transaction.Commit())
	var name string
	var fed float64
	check(db.QueryRow("SELECT name, price FROM product WHERE external_id = 'C-4'").Scan(&name, &fed))
	fmt.Printf("feed: %s at %.2f\n", name, fed)
}
