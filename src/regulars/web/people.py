"""What may stand as a user's name and e-mail address."""

from email_validator import EmailNotValidError, validate_email

LONGEST_NAME = 100


def name_fault(name: str) -> str:
    """What is wrong with a name, in words; '' where nothing is."""
    if not name or not name.isprintable():
        return "Say a name."
    return f"Use at most {LONGEST_NAME} characters for the name." if len(name) > LONGEST_NAME else ""


def email_fault(email: str) -> str:
    """What is wrong with an e-mail address, in words; '' where nothing is. Nothing is looked up."""
    try:
        validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return "That is no e-mail address."
    return ""
