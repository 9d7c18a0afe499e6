"""What the API says of itself: an OpenAPI document, made of the operations and of the types that they answer with."""
