// Command audit is the Lambda that balances the ledger and measures what waits.
package main

import (
	"example.com/skala/functions/audit/assembly"
	"example.com/skala/functions/wiring"
)

func main() { wiring.Main("audit", assembly.Open) }
