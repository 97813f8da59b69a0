# tests/api/check_openapi.py holds the answers that the tests log against
# schema/openapi.yaml.
TESTS += tests/api/test_check_openapi.sh
EXTRA_DIST += tests/api/check_openapi.py tests/api/test_check_openapi.sh
