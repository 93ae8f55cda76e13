-- Found before the extension's own functions by who has this schema first in the search_path: the same calls, each told as a
-- line "REQUEST {…}" to the client, with the description of the profile where it is none of the built-in ones.
CREATE SCHEMA recording;
GRANT USAGE ON SCHEMA recording TO PUBLIC;

-- recipe: profile
CREATE FUNCTION recording.tell(profile text, method text, path text, body text, answer public.product_response) RETURNS void LANGUAGE plpgsql
SET client_min_messages = info AS $$
BEGIN
    RAISE INFO 'REQUEST %', jsonb_build_object('profile', profile, 'method', method, 'path', path, 'body', body, 'status', answer.status,
        'answer', answer.body, 'schema', CASE WHEN profile NOT IN ('agency', 'billing', 'retail', 'subscription', 'vending')
                                              THEN public.product_profile_schema(profile) END);
END
$$;

CREATE FUNCTION recording.product_request(profile text, method text, path text, body jsonb DEFAULT NULL, parameters jsonb DEFAULT '{}',
                                          headers jsonb DEFAULT '{}') RETURNS public.product_response LANGUAGE plpgsql AS $$
DECLARE
    answer public.product_response;
BEGIN
    SELECT * INTO answer FROM public.product_request(profile, method, path, body, parameters, headers);
    PERFORM recording.tell(profile, method, path, body::text, answer);
    RETURN answer;
END
$$;

CREATE FUNCTION recording.product_request_text(profile text, method text, path text, body text DEFAULT NULL, parameters jsonb DEFAULT '{}',
                                               headers jsonb DEFAULT '{}') RETURNS public.product_response LANGUAGE plpgsql AS $$
DECLARE
    answer public.product_response;
BEGIN
    SELECT * INTO answer FROM public.product_request_text(profile, method, path, body, parameters, headers);
    PERFORM recording.tell(profile, method, path, body, answer);
    RETURN answer;
END
$$;
