"""make down: stop the stack of this checkout."""

from infra.local.running import FOLDER, stop

if __name__ == "__main__":
    print("The stack is stopped." if stop() else f"No stack runs in {FOLDER}.")
