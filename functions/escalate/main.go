// Command escalate is the Lambda of what the desk does by itself: on the
// schedule it sweeps, and what falls due comes back to it from the due queue.
package main

import (
	"example.com/skala/functions/escalate/assembly"
	"example.com/skala/functions/wiring"
)

func main() { wiring.Main("escalate", assembly.Open) }
