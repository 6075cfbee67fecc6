package main

// A plant is a mistake made on purpose: the first from in the text becomes to.
type plant struct {
	name     string
	from, to string
	want     string // what a finding must say for the mistake to be caught
	expanded bool   // plant it in what SAM made, where SAM itself writes the place
}

// Whether the people who wrote the linters thought of a mistake is not asked
// here: each must be caught by something that `make validate` runs.
var plants = []plant{
	// As written.
	{name: "no YAML", from: "  Architecture:\n", to: "  Architecture: [\n", want: ""},
	{name: "a key twice", from: "BatchSize: 10", to: "BatchSize: 10\n            BatchSize: 10", want: "duplicate"},
	{name: "a misspelt property of Globals", from: "MemorySize: 256", to: "MemorySizes: 256", want: "MemorySizes"},
	{name: "a misspelt property of a function", from: "LoggingConfig: {LogGroup: !Ref TriageLogs}", to: "LoggingConfigs: {LogGroup: !Ref TriageLogs}", want: "LoggingConfigs"},
	{name: "a misspelt property of a queue", from: "VisibilityTimeout: 200", to: "VisibilityTimeOut: 200", want: "VisibilityTimeOut"},
	{name: "a misspelt property of the table", from: "SSESpecification:", to: "SseSpecification:", want: "SseSpecification"},
	{name: "a misspelt type of a resource", from: "Type: AWS::SQS::Queue", to: "Type: AWS::SQS::Que", want: "AWS::SQS::Que'"},
	{name: "a misspelt type of an event", from: "Type: ScheduleV2", to: "Type: ScheduleV3", want: "ScheduleV3"},
	{name: "a reference to nothing", from: "SESSION_KEY: !Ref SessionKey", to: "SESSION_KEY: !Ref SessionKeys", want: "SessionKeys"},
	{name: "an attribute that there is not", from: "Resource: !GetAtt InboundQueue.Arn", to: "Resource: !GetAtt InboundQueue.Urn", want: "'Urn' is not"},
	{name: "a variable of !Sub that there is not", from: "Name: !Sub ${AWS::StackName}-minute", to: "Name: !Sub ${StackName}-minute", want: "'StackName' is not"},
	{name: "a condition that there is not", from: "Condition: HasAlarmEmail", to: "Condition: HasAlarmMail", want: "HasAlarmMail"},
	{name: "a parameter that nothing uses", from: "Parameters:\n", to: "Parameters:\n  Idle: {Type: String, Default: x}\n", want: "Parameter Idle"},
	{name: "a default that is not allowed", from: "Default: arm64", to: "Default: arm", want: "AllowedValues"},
	{name: "a circle", from: "  WebhookLogs:\n    Type: AWS::Logs::LogGroup\n", to: "  WebhookLogs:\n    Type: AWS::Logs::LogGroup\n    DependsOn: WebhookErrorsAlarm\n", want: "Circular"},
	{name: "an output of nothing", from: "Value: !GetAtt WebhookUrl.FunctionUrl", to: "Value: !GetAtt WebhookUrls.FunctionUrl", want: "WebhookUrls"},

	// Values that AWS refuses.
	{name: "a runtime that has ended", from: "Runtime: provided.al2023", to: "Runtime: go1.x", want: "go1.x"},
	{name: "a timeout that Lambda refuses", from: "Timeout: 10", to: "Timeout: 1000", want: "1000 is greater"},
	{name: "memory that Lambda refuses", from: "MemorySize: 512", to: "MemorySize: 64", want: "64 is less"},
	{name: "a batch over ten without a window", from: "BatchSize: 10", to: "BatchSize: 50", want: "BatchSize 50"},
	{name: "a batch beyond what Lambda takes", from: "BatchSize: 10", to: "BatchSize: 20000\n            MaximumBatchingWindowInSeconds: 5", want: "20000"},
	{name: "a response type that is none", from: "[ReportBatchItemFailures]", to: "[ReportBatchItemFailure]", want: "ReportBatchItemFailure"},
	{name: "a sign-in of URLs that is none", from: "AuthType: NONE", to: "AuthType: NOBODY", want: "AuthType"},
	{name: "visibility beyond twelve hours", from: "VisibilityTimeout: 30", to: "VisibilityTimeout: 50000", want: "50000"},
	{name: "retention beyond fourteen days", from: "MessageRetentionPeriod: 345600", to: "MessageRetentionPeriod: 3456000", want: "3456000"},
	{name: "more receives than SQS counts", from: "maxReceiveCount: 1000", to: "maxReceiveCount: 1001", want: "maxReceiveCount 1001"},
	{name: "days of logs that are none", from: "RetentionInDays: !Ref LogRetentionDays", to: "RetentionInDays: 31", want: "31 is not"},
	{name: "an attribute of an index undefined", from: "        - {AttributeName: gsi4sk, AttributeType: S}\n", to: "", want: "gsi4sk"},
	{name: "a type of attribute that is none", from: "{AttributeName: pk, AttributeType: S}", to: "{AttributeName: pk, AttributeType: T}", want: "'T' is not"},
	{name: "a projection that is none", from: "ProjectionType: KEYS_ONLY", to: "ProjectionType: KEYS", want: "'KEYS' is not"},
	{name: "a billing mode that is none", from: "PAY_PER_REQUEST", to: "PER_REQUEST", want: "PER_REQUEST"},
	{name: "a comparison that is none", from: "ComparisonOperator: GreaterThanThreshold", to: "ComparisonOperator: GreaterThan", want: "'GreaterThan' is not"},
	{name: "a period that CloudWatch refuses", from: "Period: 300", to: "Period: 45", want: "45 is not"},
	{name: "a protocol of the topic that is none", from: "Protocol: email", to: "Protocol: mail", want: "Protocol mail"},

	// The schedule.
	{name: "a singular of five", from: "rate(1 minute)", to: "rate(5 minute)", want: "plural"},
	{name: "a plural of one", from: "rate(1 minute)", to: "rate(1 minutes)", want: "singular"},
	{name: "a schedule switched off", from: "ScheduleExpression: rate(1 minute)", to: "ScheduleExpression: rate(1 minute)\n            State: DISABLED", want: "DISABLED"},
	{name: "a schedule that may be late", from: "ScheduleExpression: rate(1 minute)", to: "ScheduleExpression: rate(1 minute)\n            FlexibleTimeWindow: {Mode: FLEXIBLE, MaximumWindowInMinutes: 15}", want: "flexible"},
	{name: "a sweep that is retried beside the next", from: "RetryPolicy: {MaximumRetryAttempts: 0}", to: "RetryPolicy: {MaximumRetryAttempts: 3}", want: "MaximumRetryAttempts"},
	{name: "a sweep that Lambda tries again", from: "EventInvokeConfig: {MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60}", to: "EventInvokeConfig: {MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60}", want: "Lambda tries again"},
	{name: "a sweep that is kept while it is throttled", from: "{MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60}", to: "{MaximumRetryAttempts: 0}", want: "Lambda tries again"},
	{name: "an input that is no JSON", from: `Input: '{"source":"schedule"}'`, to: `Input: '{"source":schedule}'`, want: "no JSON"},

	// Queues and what they feed.
	{name: "a dead-letter queue that is none", from: "!GetAtt DueDeadLetters.Arn", to: "arn:aws:sqs:us-east-1:123456789012:letters", want: "no queue"},
	{name: "a dead-letter queue that is a table", from: "deadLetterTargetArn: !GetAtt DueDeadLetters.Arn", to: "deadLetterTargetArn: !GetAtt Table.Arn", want: "Table"},
	{name: "dead letters of another queue", from: "deadLetterTargetArn: !GetAtt DueDeadLetters.Arn", to: "deadLetterTargetArn: !GetAtt OutboundDeadLetters.Arn", want: "shares its dead-letter queue"},
	{name: "a queue without dead letters", from: "\n      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt OutboundDeadLetters.Arn\n        maxReceiveCount: 20", to: "", want: "without a dead-letter queue"},
	{name: "dead letters after one failure", from: "maxReceiveCount: 20", to: "maxReceiveCount: 1", want: "maxReceiveCount 1"},
	{name: "dead letters that expire with their queue", from: "MessageRetentionPeriod: 1209600", to: "MessageRetentionPeriod: 345600", want: "14 days"},
	{name: "a queue that keeps four days by chance", from: "      MessageRetentionPeriod: 345600\n", to: "", want: "MessageRetentionPeriod"},
	{name: "a queue without encryption", from: "      SqsManagedSseEnabled: true\n", to: "", want: "without encryption"},
	{name: "messages seen again while a function has them", from: "VisibilityTimeout: 200", to: "VisibilityTimeout: 100", want: "six times"},
	{name: "a function that outlasts its queue", from: "      Timeout: 30\n", to: "      Timeout: 60\n", want: "six times"},
	{name: "one failed record fails all", from: "\n            FunctionResponseTypes: [ReportBatchItemFailures]", to: "", want: "ReportBatchItemFailures"},
	{name: "an event source switched off", from: "BatchSize: 10", to: "BatchSize: 10\n            Enabled: false", want: "switched off"},
	{name: "a function fed from another's queue", from: "Queue: !GetAtt FetchQueue.Arn", to: "Queue: !GetAtt InboundQueue.Arn", want: "Lambda cannot feed Fetch"},
	{name: "notices lost after one failure", from: "deadLetterTargetArn: !GetAtt FetchDeadLetters.Arn\n        maxReceiveCount: 20", to: "deadLetterTargetArn: !GetAtt FetchDeadLetters.Arn\n        maxReceiveCount: 1", want: "FetchQueue: maxReceiveCount 1"},
	{name: "a function fed with dead letters", from: "Queue: !GetAtt DueQueue.Arn", to: "Queue: !GetAtt DueDeadLetters.Arn", want: "with dead letters"},

	// Roles.
	{name: "all actions of a service", from: `"sqs:SendMessage"`, to: `"sqs:*"`, want: "sqs:*"},
	{name: "all resources", from: "Resource: !GetAtt InboundQueue.Arn", to: `Resource: "*"`, want: `"*"`},
	{name: "all indexes", from: "${Table.Arn}/index/gsi1", to: "${Table.Arn}/index/*", want: "index/*"},
	{name: "an index that there is not", from: "${Table.Arn}/index/gsi2", to: "${Table.Arn}/index/gsi9", want: "gsi9"},
	{name: "an action that is none", from: `"sqs:SendMessage"`, to: `"sqs:SendMessages"`, want: "SendMessages"},
	{name: "an action of a service that is none", from: `"dynamodb:PutItem"`, to: `"dynamo:PutItem"`, want: "dynamo"},
	{name: "an action on another service's resource", from: `"dynamodb:PutItem"`, to: `"dynamodb:PutItem", "sqs:PurgeQueue"`, want: "sqs:PurgeQueue"},
	{name: "everything but", from: `Action: ["sqs:SendMessage"]`, to: `NotAction: ["sqs:SendMessage"]`, want: "by name"},
	{name: "a managed policy", from: "    Type: AWS::IAM::Role\n    Properties:\n", to: "    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonSQSFullAccess]\n", want: "managed policies"},
	{name: "a policy template of SAM", from: "      CodeUri: functions/triage/\n", to: "      CodeUri: functions/triage/\n      Policies: [DynamoDBCrudPolicy: {TableName: !Ref Table}]\n", want: "Policies"},
	{name: "a policy beside the roles", from: "  Dashboard:\n", to: "  Aside:\n    Type: AWS::IAM::Policy\n    Properties:\n      PolicyName: aside\n      Roles: [!Ref TriageRole]\n      PolicyDocument: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"sqs:SendMessage\", Resource: !GetAtt DueQueue.Arn}]}\n  Dashboard:\n", want: "AWS::IAM::Policy"},
	{name: "a policy of another version", from: `PolicyDocument:
            Version: "2012-10-17"`, to: `PolicyDocument:
            Version: "2012-10-18"`, want: "2012-10-18"},
	{name: "a role that anybody may take", from: "Principal: {Service: lambda.amazonaws.com}", to: `Principal: {AWS: "*"}`, want: "may be taken by"},
	{name: "a role that nothing takes", from: "Principal: {Service: lambda.amazonaws.com}", to: `Principal: {Service: lambda.amazon.com}`, want: "may be taken by"},
	{name: "the role of another function", from: "Role: !GetAtt CourierRole.Arn", to: "Role: !GetAtt ConsoleRole.Arn", want: "shares its role"},
	{name: "a function with the role SAM makes it", from: "      Role: !GetAtt CourierRole.Arn\n", to: "", want: "CourierRole"},
	{name: "the door may read what replies are sent with", from: "                  - !Ref SigningAccounts\n", to: "                  - !Ref SigningAccounts\n                  - !Ref SendingAccounts\n", want: "allows SendingAccounts"},
	{name: "a queue that the door may not send to", from: "Resource: !GetAtt InboundQueue.Arn", to: "Resource: !GetAtt DueQueue.Arn", want: "may not touch"},
	{name: "a queue that triage may not send to", from: "                  - !GetAtt FetchQueue.Arn\n", to: "", want: "Triage: FETCH_QUEUE_URL names FetchQueue, which its role may not touch"},
	{name: "what asks platforms may read what signs their webhooks", from: "              - Effect: Allow # who the author of a ticket is, how accounts are, and what waited for them\n", to: "              - {Effect: Allow, Action: [\"secretsmanager:GetSecretValue\"], Resource: !Ref SigningAccounts}\n              - Effect: Allow # who the author of a ticket is, how accounts are, and what waited for them\n", want: "FetchRole: allows SigningAccounts"},
	{name: "who tells people and programs may read the tokens that customers are answered with", from: "                  - !Ref Notifications\n", to: "                  - !Ref Notifications\n                  - !Ref SendingAccounts\n", want: "NotifyRole: allows SendingAccounts"},
	{name: "what people are told by stands in the template", from: "      SecretString: \"{}\"\n", to: "      SecretString: \"slack: [{name: leads, url: https://example.com}]\"\n", want: "Notifications: a secret stands in the template"},
	{name: "letters that fail and nobody sees", from: `["Skala", "NotificationsFailed",`, to: `["Skala", "NotificationsAccepted",`, want: "NotificationsFailed: the functions write this metric"},
	{name: "dead letters that the console may read and can't find", from: "          FETCH_DEAD_LETTERS_URL: !Ref FetchDeadLetters\n", to: "", want: "ConsoleRole: allows FetchDeadLetters"},
	{name: "a model that triage may ask though nobody named one", from: "              - !If\n                - HasSecondOpinion\n                - Effect: Allow\n                  Action: [\"bedrock:InvokeModel\"]\n                  Resource: !Ref SecondOpinionModel\n                - !Ref AWS::NoValue\n", to: "              - {Effect: Allow, Action: [\"bedrock:InvokeModel\"], Resource: !Ref SecondOpinionModel}\n", want: "allows something on SecondOpinionModel"},
	{name: "every model there is", from: "Action: [\"bedrock:InvokeModel\"]\n                  Resource: !Ref SecondOpinionModel", to: "Action: [\"bedrock:InvokeModel\"]\n                  Resource: \"*\"", want: "allows more than is named"},
	{name: "a model that triage may ask and cannot know", from: "          SECOND_OPINION_MODEL: !Ref SecondOpinionModel\n", to: "", want: "TriageRole: allows SecondOpinionModel"},
	{name: "a queue that Lambda may not poll", from: `"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]`, to: `"sqs:DeleteMessage", "sqs:GetQueueAttributes"]`, want: "sqs:ReceiveMessage"},
	{name: "a log that cannot be written", from: "Resource: !GetAtt TriageLogs.Arn", to: "Resource: !GetAtt CourierLogs.Arn", want: "cannot write its log"},

	// Functions and their addresses.
	{name: "logs kept for ever", from: "\n      RetentionInDays: !Ref LogRetentionDays", to: "", want: "kept for ever"},
	{name: "a log group that Lambda makes itself", from: "      LoggingConfig: {LogGroup: !Ref TriageLogs}\n", to: "", want: "log group"},
	{name: "the log of another function", from: "LogGroup: !Ref TriageLogs", to: "LogGroup: !Ref CourierLogs", want: "shares its log group"},
	{name: "concurrency reserved", from: "MemorySize: 512", to: "MemorySize: 512\n      ReservedConcurrentExecutions: 5", want: "reserves concurrency"},
	{name: "a timeout left to chance", from: "      Timeout: 10\n", to: "", want: "Timeout"},
	{name: "an address that only AWS's users may call", from: "AuthType: NONE", to: "AuthType: AWS_IAM", want: "AWS_IAM"},
	{name: "an address that other sites' pages may call", from: "FunctionUrlConfig: {AuthType: NONE}", to: "FunctionUrlConfig: {AuthType: NONE, Cors: {AllowOrigins: [\"*\"]}}", want: "other sites"},
	{name: "an address with one permission", from: `"Action": "lambda:InvokeFunctionUrl"`, to: `"Action": "lambda:GetFunction"`, want: "two permissions", expanded: true},
	{name: "a function that anybody may invoke", from: `"InvokedViaFunctionUrl": true`, to: `"InvokedViaFunctionUrl": false`, want: "anyone may lambda:InvokeFunction", expanded: true},

	// Data.
	{name: "a table that goes with its stack", from: "    DeletionPolicy: Retain\n", to: "    DeletionPolicy: Delete\n", want: "Retain"},
	{name: "a table that goes when it is replaced", from: "    UpdateReplacePolicy: Retain\n", to: "", want: "Retain"},
	{name: "a pepper that goes with its stack", from: "DeletionPolicy: Retain # without", to: "DeletionPolicy: Delete # without", want: "Pepper"},
	{name: "no point-in-time recovery", from: "PointInTimeRecoveryEnabled: true", to: "PointInTimeRecoveryEnabled: false", want: "point-in-time"},
	{name: "a table without encryption", from: "SSEEnabled: true", to: "SSEEnabled: false", want: "encryption"},
	{name: "a table anybody may delete", from: "      DeletionProtectionEnabled: true\n", to: "", want: "deletion protection"},
	{name: "items that never expire", from: "AttributeName: ttl\n        Enabled: true", to: "AttributeName: ttl\n        Enabled: false", want: "expiry"},
	{name: "a table that cannot be replaced", from: "BillingMode: PAY_PER_REQUEST", to: "TableName: skala\n      BillingMode: PAY_PER_REQUEST", want: "TableName"},
	{name: "a secret in the template", from: `SecretString: "apps: []"`, to: `SecretString: "apps: [{secrets: [hush]}]"`, want: "secret"},

	// Alarms and the dashboard.
	{name: "dead letters of which nobody is told", from: "!GetAtt DueDeadLetters.QueueName", to: "!GetAtt DueQueue.QueueName", want: "nobody is told of dead letters"},
	{name: "lost notices of which nobody is told", from: "!GetAtt FetchDeadLetters.QueueName", to: "!GetAtt FetchQueue.QueueName", want: "FetchDeadLetters: nobody is told of dead letters"},
	{name: "an alarm from the tenth dead letter on", from: "Threshold: 0", to: "Threshold: 10", want: "nobody is told of dead letters"},
	{name: "errors of which nobody is told", from: "      MetricName: Errors\n      Dimensions: [{Name: FunctionName, Value: !Ref Courier}]", to: "      MetricName: Errors\n      Dimensions: [{Name: FunctionName, Value: !Ref Console}]", want: "nobody is told of its errors"},
	{name: "throttles of which nobody is told", from: "      MetricName: Throttles\n", to: "      MetricName: Invocations\n", want: "nobody is told of its throttles"},
	{name: "an alarm that nobody hears", from: "      AlarmActions: [!Ref AlarmTopic]\n", to: "", want: "nobody hears it"},
	{name: "an alarm switched off", from: "      AlarmActions: [!Ref AlarmTopic]\n", to: "      ActionsEnabled: false\n      AlarmActions: [!Ref AlarmTopic]\n", want: "switched off"},
	{name: "an alarm without its section", from: "-sweep-missing", to: "-sweep-late", want: "sweep-late"},
	{name: "an alarm that names another section", from: "operating.md#sweep-missing", to: "operating.md#backlog", want: "must end in"},
	{name: "an alarm on a metric that nobody writes", from: "MetricName: SweepsDone", to: "MetricName: SweepsMade", want: "SweepsMade"},
	{name: "an alarm on a metric that AWS has not", from: "MetricName: Url5xxCount", to: "MetricName: Url5XXCount", want: "Url5XXCount"},
	{name: "an alarm on a queue that is a function", from: "!GetAtt InboundQueue.QueueName", to: "!Ref Triage", want: "is told apart by"},
	{name: "an alarm by agent", from: "Dimensions: [{Name: Stack, Value: !Ref AWS::StackName}]", to: "Dimensions: [{Name: Agent, Value: !Ref AWS::StackName}]", want: "told apart by Stack"},
	{name: "a sign of life whose absence is fine", from: "TreatMissingData: breaching", to: "TreatMissingData: notBreaching", want: "sign of life"},
	{name: "a percentile as a statistic", from: "ExtendedStatistic: p99", to: "Statistic: p99", want: "'p99' is not"},
	{name: "a dashboard that is no JSON", from: `{"start": "-PT3H",`, to: `{"start": -PT3H,`, want: "JSON"},
	{name: "a widget that shows nothing", from: `["Skala", "EventsAccepted",`, to: `["Skala", "EventAccepted",`, want: "EventAccepted"},
	{name: "a widget on another", from: `"x": 8, "y": 7,`, to: `"x": 7, "y": 7,`, want: "lies on"},
	{name: "a queue that the dashboard leaves out", from: `"${FetchDeadLetters.QueueName}"`, to: `"${InboundDeadLetters.QueueName}"`, want: "FetchDeadLetters: no widget"},
	{name: "a metric that the dashboard leaves out", from: `["Skala", "EventsFetched",`, to: `["Skala", "EventsUnfetched",`, want: "EventsFetched: the functions write this metric"},
	{name: "an alarm that the dashboard leaves out", from: `"${InboundAgeAlarm.Arn}", `, to: "", want: "no widget"},
}
