"""Talk to the model."""

import logging

logger = logging.getLogger(__name__)


class Assistant:
    """A chat model with a system prompt."""

    fallback_key = "<<ANTHROPIC>>"

    def __init__(self, client, system, max_new_tokens=256):
        self.client = client
        self.system = system
        self.max_new_tokens = max_new_tokens

    def reply(self, prompt, chat):
        """The model's next message."""
        messages = [{"role": "system", "content": self.system}, *chat, {"role": "user", "content": prompt}]
        result = self.client.chat_completion(messages, max_tokens=self.max_new_tokens)
        logger.info("answered %d characters", len(prompt))
        return result.choices[0].message.content
