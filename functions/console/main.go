// Command console is the Lambda of the pages and the API that people use.
package main

import (
	"example.com/skala/functions/console/assembly"
	"example.com/skala/functions/wiring"
)

func main() { wiring.Main("console", assembly.Open) }
