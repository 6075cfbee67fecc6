"""The emulator, with what a deployment meets of it put right where AWS does otherwise.

Each of these was found by deploying the stack; take one away when a newer emulator
needs it no more.
"""

from ministack.app import main
from ministack.core import iam_actions
from ministack.services.cloudformation import provisioners

# !Ref of a secret is its ARN; the emulator gives its name, which no policy allows.
SECRET = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
create, update, delete = SECRET["create"], SECRET["update"], SECRET["delete"]


def name_of(arn):
    return arn.rsplit(":secret:", 1)[1].rsplit("-", 1)[0]


def create_secret(logical_id, props, stack_name):
    _, attributes = create(logical_id, props, stack_name)
    return attributes["Arn"], attributes


def update_secret(physical_id, old_props, new_props, stack_name, logical_id=None):
    _, attributes = update(name_of(physical_id), old_props, new_props, stack_name, logical_id)
    return attributes["Arn"], attributes


def delete_secret(physical_id, props):
    delete(name_of(physical_id), props)


SECRET.update(create=create_secret, update=update_secret, delete=delete_secret)

# SQS has no permissions for batches: who may send one message may send ten.
action_of = iam_actions.extract_iam_action


def extract_iam_action(service, *request):
    action = action_of(service, *request)
    return action.removesuffix("Batch") if service == "sqs" and action else action


iam_actions.extract_iam_action = extract_iam_action

main()
