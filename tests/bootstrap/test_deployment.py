"""The production configuration and the containers."""

import configparser
import json
import shutil
import subprocess

import pytest
import yaml

from bootstrap import paths, templates

OPTIONS = 'import json, odoo.tools; print(json.dumps(list(odoo.tools.config.options_index)))'
SECRET_WORDS = ('passw', 'secret', 'token', 'private')


@pytest.fixture(scope='module')
def production():
    parser = configparser.RawConfigParser()
    parser.read(paths.ROOT / 'config' / 'odoo.conf')
    return dict(parser['options'])


@pytest.fixture(scope='module')
def compose():
    return yaml.safe_load((paths.ROOT / 'docker-compose.yml').read_text())


def test_odoo_knows_every_option_of_the_production_configuration(production):
    done = subprocess.run([paths.VENV_PYTHON, '-c', OPTIONS], capture_output=True, check=True)
    assert set(production) <= set(json.loads(done.stdout))


def test_production_shows_no_database_and_trusts_its_proxy(production):
    assert production['list_db'] == 'False'
    # The name alone pins the database; a filter would cost a query at every request.
    assert 'dbfilter' not in production
    assert production['proxy_mode'] == 'True'
    assert production['with_demo'] == 'False'
    assert int(production['workers']) > 0


def test_production_configuration_holds_no_secret(production):
    assert not [name for name in production if any(word in name for word in SECRET_WORDS)]


def test_database_connections_suffice_for_all_processes(production):
    processes = int(production['workers']) + int(production['max_cron_threads']) + 1
    postgres_default = 100
    assert processes * int(production['db_maxconn']) < postgres_default


def test_containers_update_exactly_our_addons(compose):
    command = compose['services']['update']['command'].split()
    for option in ('-i', '-u'):
        named = command[command.index(option) + 1].split(',')
        assert sorted(named) == templates.our_addons('demo')


def test_every_lasting_container_has_a_health_check(compose):
    lasting = {name for name, service in compose['services'].items() if name != 'update'}
    assert lasting == {'db', 'odoo', 'proxy', 'sandbox'}
    assert all('healthcheck' in compose['services'][name] for name in lasting)


def test_secrets_are_files_outside_version_control(compose):
    ignored = (paths.ROOT / '.gitignore').read_text().splitlines()
    assert '/config/secrets/' in ignored
    for secret in compose['secrets'].values():
        assert secret['file'].startswith('config/secrets/')
    for service in compose['services'].values():
        for name, value in service.get('environment', {}).items():
            is_secret = 'PASSWORD' in name or 'KEY' in name
            assert not is_secret or value.startswith('/run/secrets/'), name


def test_sandbox_starts_only_when_asked_for(compose):
    with_profile = [name for name, one in compose['services'].items() if one.get('profiles')]
    assert with_profile == ['sandbox']


def test_compose_accepts_the_file():
    client = shutil.which('docker')
    command = [client or 'docker', 'compose']
    if not client or subprocess.run([*command, 'version'], capture_output=True).returncode:
        # No assertion can be made without the client; the checks above hold everywhere.
        return
    command += ['--profile', 'sandbox', 'config', '--quiet']
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
