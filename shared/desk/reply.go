package desk

// A Reply is an agent's answer on its way out, as a platform's sender gets it.
type Reply struct {
	Key     string // the same for every try, to the platform as well
	Ticket  TicketID
	Origin  Origin // the account it goes out from and the conversation it goes to
	To      string // the author's platform identity; empty where the platform keeps it
	ReplyTo string // the platform's id of the message it answers, where there is one
	Text    string
	Tries   int // how often it was handed to the platform before
}
