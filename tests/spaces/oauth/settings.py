from pydantic import AliasChoices, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Database(BaseModel):
    url: SecretStr
    pool: int = 5


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_", env_nested_delimiter="__")

    database: Database
    debug: bool = False
    admin_token: SecretStr
    mail_key: str = Field(validation_alias=AliasChoices("SENDGRID_API_KEY", "MAIL_KEY"))
