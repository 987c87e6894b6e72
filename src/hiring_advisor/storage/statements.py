"""The statements of `conversations.py`, built once rather than for every call."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Text, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hiring_advisor.storage.tables import Moment, Words, conversations, turns

MAX_TURNS: Final = 2000
"""Turns in one conversation; nobody talks that long, and memory and page stay bounded."""

_conversation_id = bindparam("of_conversation", type_=Words)
_turn_id = bindparam("of_turn", type_=Words)
_now = bindparam("now", type_=Moment)

ADD_CONVERSATION = {
    dialect: insert(conversations).on_conflict_do_nothing()
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
"""By dialect; harmless where a first try was committed and its answer lost."""

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
    turns.c.owner: bindparam("owner"),
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

FIND_MESSAGE = select(
    turns.c.turn_id,
    turns.c.seq,
    turns.c.user_text,
    turns.c.created_at,
    turns.c.status,
    turns.c.owner,
).where(
    turns.c.conversation_id == _conversation_id,
    turns.c.message_id == bindparam("of_message", type_=Words),
)

TAKE_UP_TURN = (
    update(turns)
    .where(
        turns.c.conversation_id == _conversation_id,
        turns.c.turn_id == _turn_id,
        # As it was found: of several that want it, one gets it.
        turns.c.status == bindparam("was_status"),
        turns.c.owner.is_not_distinct_from(bindparam("was_owner", type_=Text)),
    )
    .values(status=literal_column("'running'"), owner=bindparam("new_owner"), body=None)
)
"""Take up a turn that was interrupted, so as to work on it anew."""

FINISH_TURN = (
    update(turns)
    .where(
        turns.c.conversation_id == _conversation_id,
        turns.c.turn_id == _turn_id,
        # What is done stays; what was taken for interrupted may still come to its end.
        turns.c.status.in_(("running", "interrupted")),
    )
    .values(status=bindparam("new_status"), body=bindparam("new_body"))
)

RATE_TURN = (
    update(turns)
    .where(turns.c.conversation_id == _conversation_id, turns.c.turn_id == _turn_id)
    .values(rating=bindparam("new_rating"), comment=bindparam("new_comment"))
)

FIND_TURN = select(turns).where(
    turns.c.conversation_id == _conversation_id, turns.c.turn_id == _turn_id
)
FIND_TURNS = select(turns).where(turns.c.conversation_id == _conversation_id).order_by(turns.c.seq)
FIND_RUNNING = (
    select(turns)
    # Spelt out rather than bound, so that the index of running turns applies.
    .where(turns.c.status == literal_column("'running'"))
    .order_by(turns.c.created_at, turns.c.seq)
    .limit(bindparam("at_most"))
)

ERASE = delete(conversations).where(conversations.c.conversation_id == _conversation_id)
ERASE_SOME_EXPIRED = delete(conversations).where(
    conversations.c.conversation_id.in_(
        select(conversations.c.conversation_id)
        .where(conversations.c.expires_at <= _now)
        .limit(200)  # a transaction at a time: other writers wait for each
        # Another process may be erasing too: each takes what the other has not.
        .with_for_update(skip_locked=True)
    )
)
