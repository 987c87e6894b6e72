"""The statements that every message passes through, built once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hiring_advisor.storage.tables import Moment, Words, conversations, turns

MAX_TURNS: Final = 2000
"""Turns in one conversation; nobody talks that long, and memory and page stay bounded."""

_conversation_id = bindparam("of_conversation", type_=Words)
_now = bindparam("now", type_=Moment)

FIND_CONVERSATION = select(
    conversations.c.token_hash, conversations.c.created_at, conversations.c.expires_at
).where(conversations.c.conversation_id == _conversation_id)

LOCK_CONVERSATION = (
    select(conversations.c.conversation_id)
    .where(conversations.c.conversation_id == _conversation_id)
    .with_for_update(key_share=True)
)
"""PostgreSQL: hold other messages of the conversation back until this one has its number.
SQLite needs none of it, having one writer at a time."""

_last_seq = (
    select(func.coalesce(func.max(turns.c.seq), 0))
    .where(turns.c.conversation_id == _conversation_id)
    .scalar_subquery()
)
_new_turn = {
    turns.c.turn_id: bindparam("turn_id", type_=Words),
    turns.c.conversation_id: conversations.c.conversation_id,
    turns.c.message_id: bindparam("message_id", type_=Words),
    turns.c.seq: _last_seq + 1,
    turns.c.status: literal_column("'running'"),
    turns.c.created_at: _now,
    turns.c.user_text: bindparam("user_text", type_=Words),
}
_new_turn_row = select(*_new_turn.values()).where(
    conversations.c.conversation_id == _conversation_id,
    conversations.c.expires_at > _now,
    _last_seq < MAX_TURNS,
)
_same_message = [turns.c.conversation_id, turns.c.message_id]

ADD_TURN = {
    dialect: insert(turns)
    .from_select(list(_new_turn), _new_turn_row)
    .on_conflict_do_nothing(index_elements=_same_message)
    .returning(turns.c.seq)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
"""By dialect: give a message the next number of its conversation. No row comes back when the
message is there already, or the conversation is unknown, expired or full."""

FIND_MESSAGE = select(turns.c.turn_id, turns.c.seq, turns.c.user_text, turns.c.created_at).where(
    turns.c.conversation_id == _conversation_id,
    turns.c.message_id == bindparam("of_message", type_=Words),
)

FINISH_TURN = (
    update(turns)
    .where(
        turns.c.conversation_id == _conversation_id,
        turns.c.turn_id == bindparam("of_turn", type_=Words),
        # What is done stays; what was taken for interrupted may still come to its end.
        turns.c.status.in_(("running", "interrupted")),
    )
    .values(status=bindparam("new_status"), body=bindparam("new_body"))
)
