#!/usr/bin/env python3
"""Counts honeypot logs from the formats' own definitions; shares no code with the product, whose import it checks.

    independent-reader.py PATH...    prints the object of `kansatsuki report --json`

Reads Cowrie's JSON of every generation (lines or arrays, gzip, NUL runs), its text log and Kippo's, Heralding's CSV and
JSON, MySQL dumps of Kippo, CSV exports of Cowrie events. What counts as one event is written in docs/import.md.
"""
import bz2
import collections
import csv
import datetime
import gzip
import io
import json
import lzma
import os
import re
import sys

NUMBERED = [
    'session.connect', 'login.success', 'login.failed', 'log.open', 'command.success', 'command.failed',
    'session.file_download', 'session.input', 'client.version', 'client.size', 'session.closed', 'log.closed', 'client.var',
    'direct-tcpip.request', 'direct-tcpip.data', 'client.fingerprint', 'session.file_upload']
# Fields of Twisted's log that say nothing of what happened.
PLUMBING = {'system', 'isError', 'format', 'time'}


def micros(text):
    """Microseconds since the epoch of a time stamp; None when it is none. Without a zone it is UTC."""
    found = re.match(r'(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?', text or '')
    if not found:
        return None
    parts = [int(part) for part in found.groups()[:6]]
    try:
        whole = datetime.datetime(*parts, tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    zone, shift = found.group(8) or 'Z', 0
    if zone != 'Z':
        shift = (int(zone[1:3]) * 60 + int(zone[-2:])) * (1 if zone[0] == '+' else -1)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    seconds = (whole - epoch).days * 86400 + (whole - epoch).seconds - shift * 60
    return seconds * 1_000_000 + int((found.group(7) or '0').ljust(6, '0')[:6])


def bare(value):
    """`b'root'` of a Python 3 log is root."""
    if isinstance(value, str) and re.fullmatch(r"b'[^']*'|b\"[^\"]*\"", value, re.S):
        return value[2:-1]
    return value


class Count:
    """Events, each once, and what the report says of them."""

    def __init__(self):
        self.seen = set()
        self.exact = collections.Counter()     # (id, micros) of events
        self.spans = {}                        # of sessions in JSON logs: first and last event
        self.events = collections.Counter()
        self.days = collections.Counter()
        self.users, self.passwords = collections.Counter(), collections.Counter()
        self.pairs, self.commands = collections.Counter(), collections.Counter()
        self.sessions, self.addresses = set(), set()
        self.runs = collections.defaultdict(list)
        self.first, self.last = None, None

    def add(self, eventid, at, session, sensor, fields, key=None):
        key = key or (sensor, session, at, eventid, json.dumps(fields, sort_keys=True, default=str))
        if key in self.seen:
            return False
        self.seen.add(key)
        self.exact[eventid, at] += 1
        self.events[eventid] += 1
        self.days[datetime.datetime.fromtimestamp(at // 1_000_000, datetime.timezone.utc).strftime('%Y-%m-%d')] += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)
        if session is not None:
            self.sessions.add((sensor, session))
        address = fields.get('src_ip')
        if isinstance(address, str) and session is not None:
            self.addresses.add(address)
        if eventid in ('cowrie.login.success', 'cowrie.login.failed'):
            user, password = bare(fields.get('username')), bare(fields.get('password'))
            if isinstance(user, str):
                self.users[user] += 1
            if isinstance(password, str):
                self.passwords[password] += 1
            if isinstance(user, str) and isinstance(password, str):
                self.pairs[user, password] += 1
        if eventid == 'cowrie.command.input' and isinstance(fields.get('input'), str):
            self.commands[fields['input']] += 1
        return True

    def report(self):
        def top(counter):
            return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:20]

        def stamp(at):
            if at is None:
                return None
            whole = datetime.datetime.fromtimestamp(at // 1_000_000, datetime.timezone.utc)
            return whole.strftime('%Y-%m-%dT%H:%M:%S') + '.%06dZ' % (at % 1_000_000)

        return {
            'total': sum(self.events.values()),
            'events_by_id': dict(self.events),
            'sessions': len(self.sessions),
            'unique_src_ip': len(self.addresses),
            'top_usernames': [[value, count] for value, count in top(self.users)],
            'top_passwords': [[value, count] for value, count in top(self.passwords)],
            'top_pairs': [[user, password, count] for (user, password), count in top(self.pairs)],
            'top_commands': [[value, count] for value, count in top(self.commands)],
            'downloads': self.events['cowrie.session.file_download'],
            'per_day': dict(self.days),
            'first': stamp(self.first),
            'last': stamp(self.last),
        }


# ── Cowrie's JSON ─────────────────────────────────────────────────────────────────────────────────────────────────


def json_event(count, event):
    eventid = event.get('eventid')
    at = micros(event.get('timestamp') if isinstance(event.get('timestamp'), str) else '')
    if not isinstance(eventid, str) or at is None:
        return
    number = re.fullmatch(r'(?:KIPP|COW)0*(\d+)', eventid)
    if number and 1 <= int(number.group(1)) <= 17:
        eventid = 'cowrie.' + NUMBERED[int(number.group(1)) - 1]
    fields = {name: value for name, value in event.items() if name not in PLUMBING}
    session, sensor = event.get('session'), event.get('sensor') or ''
    session = None if session in (None, '') else str(session)
    count.add(eventid, at, session, sensor, fields)
    if session is not None:
        first, last = count.spans.get((sensor, session), (at, at))
        count.spans[sensor, session] = min(first, at), max(last, at)


def json_log(count, data):
    text = data.replace(b'\0', b'').decode('utf-8-sig', 'replace')
    if text.lstrip().startswith('['):
        for event in json.loads(text):
            json_event(count, event)
        return
    for line in text.split('\n'):
        try:
            event = json.loads(line)
        except ValueError:
            continue  # blank, or cut off before it said its time
        if isinstance(event, dict):
            json_event(count, event)


# ── Text logs ─────────────────────────────────────────────────────────────────────────────────────────────────────

RECORD = re.compile(r'(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*) \[(.*?)\] (.*)', re.S)
SHA = r'[0-9a-f]{64}'
# The message templates of section 3 of the format reference, turned round.
TEXTS = [
    (r'New connection: (?P<src_ip>\S+):\d+ \(.*\) \[session: (?P<session>\S+)\]', 'session.connect'),
    (r'login attempt \[(?P<pair>.*)\] succeeded', 'login.success'),
    (r'login attempt \[(?P<pair>.*)\] failed', 'login.failed'),
    (r'CMD: ?(?P<input>.*)', 'command.input'),
    (r'Command not found: ?(?P<input>.*)', 'command.failed'),
    (r'Connection lost after [\d.]+ (?:milli)?seconds', 'session.closed'),
    (r'Remote SSH version: .*', 'client.version'),
    (r'SSH client hassh fingerprint: [0-9a-f]{32}', 'client.kex'),
    (r'Terminal [Ss]ize: \d+ \d+', 'client.size'),
    (r'request_env: [^=]+=.*', 'client.var'),
    (r'public key attempt for user .* with fingerprint [0-9a-f:]+', 'client.fingerprint'),
    (r'public key login attempt for \[(?P<username>.*)\] succeeded', 'login.success'),
    (r'public key login attempt for \[(?P<username>.*)\] failed', 'login.failed'),
    (r'Opening TTY [Ll]og: .*', 'log.open'),
    (r'Closing TTY [Ll]og: .* after [\d.]+ (?:milli)?seconds', 'log.closed'),
    (r'Downloaded (?:URL|tftpFile) \(.*\) with SHA-256 (?:%s)? ?to ?.*' % SHA, 'session.file_download'),
    (r'Saved (?:stdin|redir) contents (?:with SHA-256 %s )?to .*' % SHA, 'session.file_download'),
    (r'Attempt to download file\(s\) from URL \(.*\) failed.*', 'session.file_download.failed'),
    (r'(?:SFTP|SCP) Uploaded file ".*" to .*', 'session.file_upload'),
    (r'direct-tcp connection request to .* from .*', 'direct-tcpip.request'),
    (r'(?:discarded )?direct-tcp forward (?:request )?(?:\d+ )?to .* with data .*', 'direct-tcpip.data'),
    (r'INPUT \(\w+\): ?.*', 'session.input'),
]
KIPPO = [(r'Command found: ?(?P<input>.*)', 'command.success'), (r'connection lost', 'session.closed'),
         (r"request_env: '.*'", 'client.var')]
TEXTS = [(re.compile(pattern, re.S), 'cowrie.' + eventid) for pattern, eventid in TEXTS]
KIPPO = [(re.compile(pattern, re.S), 'cowrie.' + eventid) for pattern, eventid in KIPPO]


def text_log(count, data, state):
    """One file of a text log. `state` goes from file to file: which transport is which connection."""
    records = []
    for line in data.decode('utf-8', 'replace').split('\n'):
        line = line[:-1] if line.endswith('\r') else line
        if RECORD.match(line):
            records.append(line)
        elif records and line.strip():
            records[-1] += '\n' + (line[1:] if line.startswith('\t') else line)
    repeats = collections.Counter()
    for record in records:
        stamp, prefix, text = RECORD.match(record).groups()
        state['kippo'] = state['kippo'] or prefix.startswith('kippo.')
        for pattern, eventid in TEXTS + (KIPPO if state['kippo'] else []):
            found = pattern.fullmatch(text.rstrip() if eventid not in ('cowrie.command.input', 'cowrie.command.failed') else text)
            if found:
                break
        else:
            continue
        at = micros(stamp)
        coarse = '.' not in stamp
        fields = {name: value for name, value in found.groupdict().items() if name != 'session'}
        if 'pair' in fields:
            pair = fields.pop('pair')
            both = re.fullmatch(r"b(?P<a>['\"])(.*)(?P=a)/b(?P<c>['\"])(.*)(?P=c)", pair, re.S)
            name, password = (both.group(2), both.group(4)) if both else (pair.split('/', 1) + [None])[:2]
            fields.update(username=name, password=password)
        if not coarse and count.exact.get((eventid, at)):
            continue  # a JSON log has told this already
        transport = re.search(r'(\w*Transport),(\d+),([^\]]+)$', prefix)
        named = re.fullmatch(r'(ssh|telnet),([^,]+),([^,]+)', prefix)
        # Where a line names no connection Cowrie knew no session; if it wrote JSON then, that is the better witness.
        if not transport and not named and 'session' not in found.groupdict() and covered(count, at):
            continue
        session = None
        if 'session' in found.groupdict():
            session = found.group('session')
            if len(session) < 8:  # a counter: it names another connection after every start
                state['counted'][session] += 1
                session = '%s of run %d' % (session, state['counted'][session])
            else:
                state['waiting'][fields['src_ip']].append(session)
        elif named:
            session, fields['src_ip'] = named.group(2), named.group(3)
        elif transport:
            fields['src_ip'] = transport.group(3)
            session = of_transport(state, transport)
        # The same text twice within a second is two events.
        again = ()
        if coarse:
            again = (record, repeats[record])
            repeats[record] += 1
        key = ('text', eventid, at, session, json.dumps(fields, sort_keys=True)) + again
        count.add(eventid, at, session, '', fields, key=key)


def of_transport(state, transport):
    name, number, address = transport.groups()
    if state['counted']:
        runs = state['counted'].get(number, 0)
        return '%s of run %d' % (number, runs)
    key = (name, number, address)
    if key not in state['of']:
        waiting = state['waiting'][address]
        state['of'][key] = waiting.pop(0) if waiting else '%s,%s,%s' % key
    return state['of'][key]


def covered(count, at):
    """Whether a session of a JSON log was open, give or take a second."""
    return any(first - 1_000_000 <= at <= last + 1_000_000 for first, last in count.spans.values())


# ── Others ────────────────────────────────────────────────────────────────────────────────────────────────────────


def heralding_session(count, row):
    at = micros(row['timestamp'])
    session = row['session_id']
    base = {'src_ip': row['source_ip'], 'port': int(row['source_port']), 'protocol': row['protocol']}
    count.add('cowrie.session.connect', at, session, '', base)
    count.add('cowrie.session.closed', at + int(row['duration']) * 1_000_000, session, '', {'src_ip': row['source_ip']})
    for attempt in row.get('auth_attempts') or []:
        heralding_login(count, dict(row, **attempt))


def heralding_login(count, row):
    fields = {'src_ip': row['source_ip'], 'username': row.get('username'), 'password': row.get('password')}
    count.add('cowrie.login.failed', micros(row['timestamp']), row['session_id'], '', fields)


def cowrie_csv(count, row):
    """A flattened export: it can only repeat what the JSON log says of the same moment."""
    at = micros(row['timestamp'])
    if at is None or count.exact.get((row['eventid'], at)):
        return
    fields = {name: value for name, value in row.items() if value != ''}
    count.add(row['eventid'], at, row.get('session') or None, row.get('sensor') or '', fields)


def mysql_rows(text):
    """(table, {column: value}) of every row of every INSERT; blobs as bytes."""
    columns_of = {}
    for table, body in re.findall(r'CREATE TABLE [^`(]*`(\w+)` \((.*?)\n\)', text, re.S):
        columns_of[table] = re.findall(r'^\s*`(\w+)`', body, re.M)
    value = re.compile(r"\s*(?:NULL|0x[0-9A-Fa-f]+|-?\d+(?:\.\d+)?|'(?:[^'\\]|\\.|'')*')\s*", re.S)
    for start in re.finditer(r'^INSERT INTO `(\w+)` (?:\(([^)]*)\) )?VALUES\s*', text, re.M):
        table = start.group(1)
        names = re.findall(r'`(\w+)`', start.group(2)) if start.group(2) else columns_of[table]
        at = start.end()
        while text[at] == '(':
            row, at = [], at + 1
            while True:
                found = value.match(text, at)
                row.append(found.group().strip())
                at = found.end() + 1
                if text[at - 1] == ')':
                    break
            yield table, dict(zip(names, map(mysql_value, row)))
            separator = re.compile(r'\s*([,;])\s*').match(text, at)
            if not separator or separator.group(1) == ';':
                break
            at = separator.end()


def mysql_value(text):
    if text == 'NULL':
        return None
    if text.startswith('0x'):
        return bytes.fromhex(text[2:])
    if text.startswith("'"):
        escapes = {'n': '\n', 'r': '\r', 't': '\t', '0': '\0', 'b': '\b', 'Z': '\x1a'}
        return re.sub(r"\\(.)|''", lambda m: escapes.get(m.group(1), m.group(1)) if m.group(1) else "'", text[1:-1], flags=re.S)
    return int(text) if '.' not in text else float(text)


def kippo_dump(count, data):
    tables = collections.defaultdict(list)
    for table, row in mysql_rows(data.decode('utf-8', 'replace')):
        tables[table].append(row)
    sensors = {row['id']: row['ip'] for row in tables['sensors']}
    place = {}
    for row in tables['sessions']:
        session = row.get('id') or row.get('id_session')
        place[session] = (sensors.get(row['sensor'], ''), row['ip'])
        sensor, address = place[session]
        base = {'src_ip': address}
        at = micros(row['starttime'])
        count.add('cowrie.session.connect', at, session, sensor, base)
        if row.get('client') is not None:
            count.add('cowrie.client.version', at, session, sensor, base)
        if row.get('termsize'):
            count.add('cowrie.client.size', at, session, sensor, base)
        if row.get('endtime'):
            count.add('cowrie.session.closed', micros(row['endtime']), session, sensor, base)

    def rows(table, eventid_of, extra=lambda row: {}):
        for number, row in enumerate(tables[table]):
            sensor, address = place.get(row['session'], ('', None))
            fields = dict(extra(row), row=row.get('id', number), **({'src_ip': address} if address else {}))
            at = micros(row['timestamp']) if 'timestamp' in row else kippo_end(row)
            if at is not None:
                count.add(eventid_of(row), at, row['session'], sensor, fields)

    def kippo_end(row):
        """A recording ends with its session, or when its last record says."""
        for session in tables['sessions']:
            if (session.get('id') or session.get('id_session')) == row['session'] and session.get('endtime'):
                return micros(session['endtime'])
        blob = row['ttylog'] if isinstance(row['ttylog'], bytes) else b''
        at, last = 0, None
        while at + 24 <= len(blob):
            length, seconds, fraction = (int.from_bytes(blob[at + n:at + n + 4], 'little') for n in (8, 16, 20))
            last, at = seconds * 1_000_000 + fraction, at + 24 + length
        return last

    rows('auth', lambda row: 'cowrie.login.success' if row['success'] else 'cowrie.login.failed',
         lambda row: {'username': row['username'], 'password': row['password']})
    rows('input', lambda row: 'cowrie.session.input' if row['realm'] else
         'cowrie.command.input' if row['success'] else 'cowrie.command.failed', lambda row: {'input': row['input']})
    rows('downloads', lambda row: 'cowrie.session.file_download')
    rows('ttylog', lambda row: 'cowrie.log.closed')


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def opened(path):
    with open(path, 'rb') as file:
        data = file.read()
    if data[:2] == b'\x1f\x8b':
        return gzip.decompress(data)
    if data[:3] == b'BZh':
        return bz2.decompress(data)
    if data[:6] == b'\xfd7zXZ\0':
        return lzma.decompress(data)
    return data


def kind_of(data):
    head = data.lstrip(b'\0 \r\n')[:65536].decode('utf-8-sig', 'replace')
    line = head.split('\n', 1)[0]
    if '"auth_attempts"' in line:
        return 'heralding-json'
    if re.search(r'"eventid"\s*:', head) and head[0] in '{[':
        return 'json'
    if line.startswith('timestamp,auth_id,session_id,') or line.startswith('timestamp,duration,session_id,'):
        return 'heralding-csv'
    if 'eventid' in line.split(','):
        return 'csv'
    if re.search(r'^CREATE TABLE .*`auth`', head, re.M) or '`sessions`' in head:
        return 'sql'
    if re.search(r'^\d{4}-\d\d-\d\d[T ][\d:.]+\S* \[', head, re.M):
        return 'text'
    return None


def main(paths):
    files = []
    for path in paths:
        for folder, _, names in os.walk(path) if os.path.isdir(path) else [(os.path.dirname(path), [], [os.path.basename(path)])]:
            files += [os.path.join(folder, name) for name in names]
    natural = lambda path: [int(part) if part.isdigit() else part for part in re.split(r'(\d+)', path)]
    logs = []
    for path in sorted(files, key=natural):
        if re.fullmatch(r'[0-9a-f]{64}', os.path.basename(path)) or os.path.basename(path) in ('SOURCE.md', 'stats.json'):
            continue
        data = opened(path)
        logs.append((kind_of(data), path, data))
    # A text log's sessions go on from file to file, and names tell no order.
    began = re.compile(rb'\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*')
    logs.sort(key=lambda log: micros(began.search(log[2]).group().decode('latin-1')) or 0 if log[0] == 'text' else 0)
    count = Count()
    states = collections.defaultdict(lambda: {
        'kippo': False, 'waiting': collections.defaultdict(list), 'of': {}, 'counted': collections.Counter()})
    for wanted in ('json', 'heralding-json', 'heralding-csv', 'sql', 'csv', 'text'):
        for kind, path, data in logs:
            if kind != wanted:
                continue
            if kind == 'json':
                json_log(count, data)
            elif kind == 'text':
                text_log(count, data, states[os.path.dirname(path)])
            elif kind == 'sql':
                kippo_dump(count, data)
            elif kind == 'heralding-json':
                for line in data.decode('utf-8').splitlines():
                    heralding_session(count, json.loads(line))
            else:
                for row in csv.DictReader(io.StringIO(data.decode('utf-8-sig'), newline='')):
                    if kind == 'csv':
                        cowrie_csv(count, row)
                    else:
                        (heralding_login if 'auth_id' in row else heralding_session)(count, row)
    json.dump(count.report(), sys.stdout, ensure_ascii=True, indent=1)


main(sys.argv[1:])
