// Japanese descriptions of the configuration's keys, for the commented file; a key without one fails a test.

export const descriptionsJapanese: Record<string, string> = {
  'sensor.name': '全イベントに記録されるセンサー名。空ならホスト名',
  'sensor.ssh': 'SSHの待ち受けアドレス。off で無効。「アドレス:ポート=ペルソナ」でそこだけ別の機械を見せる',
  'sensor.telnet': 'Telnetの待ち受けアドレス。off で無効。「アドレス:ポート=ペルソナ」でそこだけ別の機械を見せる',
  'sensor.persona':
    '攻撃者に見せる機械。personas/ の下のフォルダ名。+ で複数つなぐと、送信元アドレスごとにいずれか1つを見せる',
  'sensor.ssh_profile': 'どのSSHサーバーに見せるか。personas/ssh のファイル名(.json を除く)。空なら各ペルソナのもの',
  'sensor.telnet_profile':
    'どのTelnetサーバーに見せるか。personas/telnet のファイル名(.json を除く)。空なら各ペルソナのもの',
  'sensor.proxy_from':
    'ロードバランサーのネットワーク。そこからの接続は必ずPROXYプロトコル(バージョン1または2)のヘッダーで始まる',
  'sensor.user': 'rootで起動したときに切り替える非特権ユーザー。空なら kansatsuki(存在すれば)、なければ nobody',
  'telnet.patience':
    '応答しないクライアントにもプロンプトを出すまでの秒数。早すぎる入力も受け取る。0 なら本物と同じく待ち続け、捨てる',
  'telnet.exploit': 'USER=-f root(CVE-2026-24061)の扱い。record は記録だけ、succeed は求められたシェルを与える',
  'auth.userdb': 'ログインを許す組み合わせ(Cowrieの書式)。空ならデータディレクトリの etc/userdb.txt',
  'limits.connections': '同時接続数の上限',
  'limits.per_address': '1アドレスあたりの同時接続数の上限',
  'limits.max_startups':
    'ログイン前のSSH接続数。MaxStartups と同じ「開始:割合:上限」(sshdは 10:30:100)。空なら connections の4分の1から30%、4分の3からすべて拒む',
  'limits.per_source_startups': '1つの送信元ブロックからのログイン前のSSH接続数(PerSourceMaxStartups)。0 なら無制限',
  'limits.source_block':
    '1つの送信元とみなすIPv4:IPv6アドレスのビット数。per_address にも使う(PerSourceNetBlockSize。sshdは 32:128)',
  'limits.penalties': '見せているSSHサーバーがそうするなら、失敗した送信元をしばらく拒む(PerSourcePenalties、9.8以降)',
  'limits.login_grace': 'ログイン完了までの秒数(LoginGraceTime)',
  'limits.idle': '入力がないままセッションを閉じるまでの秒数',
  'limits.session': '1セッションの最長秒数',
  'limits.memory': '使用メモリがこのバイト数を超えると、最も多く動いたエミュレート中のプロセスから順に強制終了する',
  'limits.recording_bytes': '端末記録1件につき残すバイト数',
  'limits.artefact_bytes': 'アップロード・作成されたファイル1件につき残すバイト数',
  'limits.vault_bytes': '保存する検体全体のバイト数',
  'limits.disk_reserve': 'ディスクの空きがこのバイト数を下回ると検体と端末記録を残さない(イベントは常に記録する)',
  'retention.events_days': 'これより古いイベントをデータベースから消す。件数の集計は残る',
  'retention.events_bytes':
    'データベースがこの大きさ(またはディスクの割合)を超えると、古い日のイベントから消す。件数の集計は残る',
  'retention.journal_days': 'これより古い、封印済みのジャーナルを消す',
  'retention.journal_bytes': '封印済みのジャーナル全体がこの大きさを超えると、古い日から消す',
  'retention.journal_plain_days': 'これより古い、封印済みのジャーナルをzstdで圧縮する。never なら圧縮しない',
  'retention.recordings_days': 'これより古い端末記録を消す(最後に使われた時から数える)',
  'retention.recordings_bytes': '端末記録全体がこの大きさを超えると、古いものから消す',
  'retention.samples_days': 'これより古い検体を消す(最後に届いた時から数える)',
  'retention.samples_bytes': '検体全体がこの大きさ(最大でも limits.vault_bytes の9割)を超えると、古いものから消す',
  'disk.reserve':
    'ディスクの空き(割合または大きさ)がこれを下回ると、規則より多く消す。検体、端末記録、ジャーナル、イベントの順',
  'machine.remember': '同じアドレスが前回の変更を再び見つけられる時間数。0 なら毎回まっさら',
  'machine.binaries':
    '起動された正しいアーキテクチャのバイナリの振る舞い。background（常駐する）、exit（すぐ正常終了）、crash（異常終了）。実際には決して実行しない',
  'downloads.policy': 'wget などの動作。record はURLの記録だけを行い、fetch は実際にインターネットから取得する',
  'downloads.file_bytes': '1ファイルから取得するバイト数の上限',
  'downloads.day_bytes': '1日（UTC）に取得するバイト数の上限',
  'downloads.at_once': '同時に行う取得の数',
  'downloads.seconds': '1回の取得にかけてよい秒数',
  'downloads.never': '決して取得しに行かないネットワーク。たとえば自分のもの。私用・予約済みのアドレスへは常に行かない',
  'forwarding.mode':
    '他の機械へのトンネルへの応答。discard は受け取るだけ、fake はペルソナの forwarding.json のとおりに話し、sink は1つのアドレスへつなぐ',
  'forwarding.record_bytes': 'クライアントが1本のトンネルへ送るデータのうち記録するバイト数',
  'forwarding.tunnels': '1接続で同時に開けるトンネルの数',
  'forwarding.tunnel_bytes': '1本のトンネルを閉じるまでのバイト数(両方向の合計)',
  'forwarding.sink': 'sink のとき、要求先によらずすべてのトンネルがつながるアドレス',
  'forwarding.sink_connections': 'sink への同時接続数',
  'forwarding.sink_seconds': 'sink への1接続の最長秒数',
  'herald.ftp': 'FTPのログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.http': 'HTTP(Basic認証)のログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.pop3': 'POP3のログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.imap': 'IMAPのログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.smtp': 'SMTPのログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.mysql': 'MySQLのログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.postgresql': 'PostgreSQLのログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.redis': 'Redisのログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.vnc': 'VNCのログイン試行だけを聞く待ち受けアドレス。off で無効',
  'herald.rdp': 'RDPのログイン試行だけを聞く待ち受けアドレス。off で無効',
  'observe.follow':
    '自分のジャーナルに加えて読み続ける他のCowrieのログフォルダ。T-Potなら data フォルダ、ほかは cowrie.json のあるフォルダ',
  'geo.files':
    '国やネットワーク(AS)を調べるMaxMind DBファイル(.mmdb、提供元は問わない)。書いた順に調べ、同梱のデータに代わる。相対パスはデータディレクトリから',
  'geo.reverse_dns':
    'このホストのネームサーバーにアドレスのホスト名を問い合わせ、調査用スキャナーをより確かに見分ける。アドレスの持ち主には問い合わせたことが見える',
  'geo.here': 'センサーのある国（ISO 3166-1）。地図の弧の終点になる。空なら、攻撃元だけを示しこちらの場所は示さない',
  'web.listen': 'ダッシュボードの待ち受けアドレス。off で無効',
  'web.password_hash': 'ループバック以外で待ち受けるときに必要。kansatsuki init --password で作る',
  'web.hosts':
    'localhost とアドレスのほかに受け付けるホスト名。リバースプロキシの名前など。空なら、ループバック以外で待ち受けるときはどの名前でもよい',
  'web.sso_from':
    '利用者をログインさせ、その名前をヘッダー sso_header で伝えるプロキシ(アドレスまたはネットワーク)。それ以外からのこのヘッダーは無視する',
  'web.sso_header': 'プロキシが名前を入れるヘッダー(例: Remote-User)。空なら誰も信じない',
  'web.language': 'ページ・日記・メッセージの言語(閲覧者が選ぶまで)',
  'diary.mask': 'アドレスの伏せ方: ○○○、/24、または一貫した別名',
  'diary.style': '日本語の文体: dearu(である調)または desumasu(です・ます調)',
  'diary.rules': '自分の規則(*.toml)を置くフォルダ。付属の規則に加わる。データディレクトリからの相対パス',
  'export.name': 'STIXとMISPに書く観測者の名前。IDもこの名前から作るので、一度決めたら変えない',
  'export.tlp': 'STIXとMISPの共有範囲(Traffic Light Protocol)',
  'export.days': '攻撃が止んでからブロックリストに残す日数',
  'export.never': '出力に決して載せないネットワーク(自組織など)。調査スキャナーとこの機械のアドレスは常に載せない',
};
