// What each file of tests/payloads/ changes: rows of names and of what a snapshot (payloads_test.mjs) then shows that it did
// not show before. `earlier` are files that were posted an hour before, where the event only makes sense after them.
//
//   effectOf(name, iso)    {changes, earlier}; throws for a file that no row names. iso(seconds) is a moved time.
const biz = 'RESTRICTED_BIZ_INITIATED_MESSAGING';
const customer = 'RESTRICTED_CUSTOMER_INITIATED_MESSAGING';
const addNumber = 'RESTRICTED_ADD_PHONE_NUMBER_ACTION';
const direct = 'RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES';

const business = (rule) => ({ 'rules.utility': rule, 'rules.marketing': rule, 'rules.direct': rule });
const everything = (rule) => ({ ...business(rule), 'rules.service': `${rule} window.closed` });
const restriction = (until, types, rules) => (iso) => ({
  restrictions: types.map((type) => `${type} ${iso(until)}`).sort(), ...rules,
});
const template = (status, rule, more) => ({
  'template.status': status, ...(rule && { 'rules.utility': rule }), ...more,
});
const became = (state, code = null) => ({ send: [state, code] });
// The person's id is learned, since phone and id came together.
const learned = { 'consents.bsuid': 'grant all' };
const failed = (code, more) => ({ ...became('failed', code), ...learned, ...more });
const windowOpens = { 'rules.service': '' };
const withdrew = (consents, more) => ({ 'consents.person': consents, 'consents.bsuid': consents, ...more });
const nothing = {};

const rows = [
  // Kept, and nothing more.
  [/^(account_(alerts|settings_update)|business_username_update|flows|group_\w+|history|smb_\w+)(\.|$)/, nothing],
  [/^(messaging_handovers|partner_solutions|payment_configuration_update|phone_number_name_update|security)(\.|$)/, nothing],
  // Another program sent from the number.
  [/^message_echoes\./, { alarms: ['810200300400501'] }],
  [/^standby\./, learned],
  [/^message_template_components_update(\.|$)|shape_unverified$/, nothing],

  [/^account_review_update\.rejected$/, () => ({
    restrictions: ['ACCOUNT_REVIEW_REJECTED null'], ...everything('account.restricted'),
  })],
  [/^account_review_update\./, nothing],

  // account_update
  [/^account_update\.(account_violation|ad_account_linked|auth_intl_price_eligibility_update)$/, nothing],
  [/^account_update\.(business_primary_location_country_update|mm_lite_terms_signed|partner_(added|app_\w+|client_\w+|removed))$/,
    nothing],
  [/^account_update\.(verified_account|volume_based_pricing_tier_update)$/, nothing],
  [/^account_update\.direct_send_(category_abuse_warn|template_abuse)$/, nothing],
  [/^account_update\.(account_deleted|disabled_update_disable)$/, { state: 'disabled', ...everything('account.disabled') }],
  [/^account_update\.disabled_update_schedule_for_disable$/, {
    state: 'scheduled_for_disable', ...business('account.disabled(warn)'),
    'rules.service': 'account.disabled(warn) window.closed',
  }],
  [/^account_update\.disabled_update_reinstate$/, {
    state: 'active', ...business(''), 'rules.service': 'window.closed',
  }, 'account_update.disabled_update_disable'],
  [/^account_update\.(account_offboarded|partner_removed_coexistence)$/, {
    status: 'DISCONNECTED', ...everything('number.state'),
  }],
  [/^account_update\.account_reconnected$/, {
    status: 'CONNECTED', ...business(''), 'rules.service': 'window.closed',
  }, 'account_update.account_offboarded'],
  [/^account_update\.account_restriction_1_day$/,
    restriction(1794086900, [biz, addNumber], business('account.restricted'))],
  [/^account_update\.account_restriction_3_days$/,
    restriction(1794259700, [biz, addNumber], business('account.restricted'))],
  [/^account_update\.account_restriction_5_days_all_sending$/,
    restriction(1794432500, [biz, customer, addNumber], everything('account.restricted'))],
  [/^account_update\.account_restriction_7_days_all_sending$/,
    restriction(1794605300, [biz, customer, addNumber], everything('account.restricted'))],
  [/^account_update\.account_restriction_30_days_all_sending$/,
    restriction(1796592500, [biz, customer, addNumber], everything('account.restricted'))],
  [/^account_update\.account_restriction_utility_templates$/,
    restriction(1794605300, ['RESTRICTED_UTILITY_TEMPLATES'], { 'rules.utility': 'account.restricted' })],
  [/^account_update\.account_restriction_with_remediation$/,
    restriction(1794605300, ['RESTRICTED_USER_INITIATED_CALLING'], {})],
  [/^account_update\.direct_send_category_abuse_rate_limit$/,
    restriction(1794086900, [direct], { 'rules.direct': 'account.restricted' })],
  [/^account_update\.direct_send_category_abuse_strike_1$/,
    restriction(1794605300, [direct], { 'rules.direct': 'account.restricted' })],
  [/^account_update\.direct_send_category_abuse_strike_2$/,
    restriction(1796592500, [direct], { 'rules.direct': 'account.restricted' })],
  [/^account_update\.direct_send_category_abuse_offboard$/,
    restriction(4947600500, [direct], { 'rules.direct': 'account.restricted' })],
  [/^account_update\.direct_send_category_abuse_rate_limit_recovery$/, { restrictions: [], 'rules.direct': '' },
    'account_update.direct_send_category_abuse_rate_limit'],
  [/^account_update\.direct_send_category_abuse_unban$/, { restrictions: [], 'rules.direct': '' },
    'account_update.direct_send_category_abuse_strike_1'],

  // Limits and numbers
  [/^business_capability_update\.legacy_phone_tier$/, nothing],
  [/^business_capability_update\.number$/, { limit: 2000 }],
  [/^business_capability_update\.tier$/, { limit: 10000 }],
  [/^phone_number_quality_update\.flagged_legacy$/, { status: 'FLAGGED', 'rules.marketing': 'number.quality(hold)' }],
  [/^phone_number_quality_update\.onboarding$/, nothing],
  [/^phone_number_quality_update\.throughput_upgrade$/, { throughput: 1000, limit: 'unlimited' }],

  // Templates
  [/^message_template_quality_update\.green_to_yellow$/, { 'template.quality': 'YELLOW' }],
  [/^message_template_quality_update\.(red|unknown)_to_green$/, { 'template.quality': 'GREEN' }],
  [/^message_template_quality_update\.yellow_to_red$/, { 'template.quality': 'RED' }],
  [/^message_template_status_update\.approved$/, template('APPROVED', '', { 'rules.utility': '' }),
    'message_template_status_update.pending'],
  [/^message_template_status_update\.approved_unpause$/,
    template('APPROVED', '', { 'rules.utility': '', 'template.paused_until': null }),
    'message_template_status_update.paused_first_pause'],
  [/^message_template_status_update\.reinstated$/, template('REINSTATED', '', { 'rules.utility': '' }),
    'message_template_status_update.disabled'],
  [/^message_template_status_update\.unarchived$/, template('UNARCHIVED', '', { 'rules.utility': '' }),
    'message_template_status_update.archived'],
  [/^message_template_status_update\.flagged(_with_date)?$/, template('FLAGGED')],
  [/^message_template_status_update\.paused_first_pause$/, (iso) =>
    template('PAUSED', 'template.paused(hold)', { 'template.paused_until': iso(1794000500 + 3 * 3600) })],
  [/^message_template_status_update\.paused_second_pause$/, (iso) =>
    template('PAUSED', 'template.paused(hold)', { 'template.paused_until': iso(1794000500 + 6 * 3600) })],
  [/^message_template_status_update\.paused_rate_limiting_pause$/, template('PAUSED', 'template.paused')],
  [/^message_template_status_update\.archived$/, template('ARCHIVED', 'template.not_sendable')],
  [/^message_template_status_update\.deleted$/, template('DELETED', 'template.not_sendable')],
  [/^message_template_status_update\.disabled$/, template('DISABLED', 'template.not_sendable')],
  [/^message_template_status_update\.in_appeal$/, template('IN_APPEAL', 'template.not_sendable')],
  [/^message_template_status_update\.limit_exceeded$/, template('LIMIT_EXCEEDED', 'template.not_sendable')],
  [/^message_template_status_update\.locked$/, template('LOCKED', 'template.not_sendable')],
  [/^message_template_status_update\.pending$/, template('PENDING', 'template.not_sendable')],
  [/^message_template_status_update\.pending_deletion$/, template('PENDING_DELETION', 'template.not_sendable')],
  [/^message_template_status_update\.rejected_\w+$/, template('REJECTED', 'template.not_sendable')],
  [/^template_category_update\.completed$/, {
    'template.category': 'MARKETING', 'template.correct': 'MARKETING',
    'rules.utility': 'template.opt_out(warn) template.identity(warn)',
  }],
  [/^template_category_update\.impending$/, (iso) => ({
    'template.correct': 'MARKETING', 'template.change': iso(1794086900),
    'rules.utility': 'template.category(warn)',
  })],
  [/^template_correct_category_detection\.authentication$/, {
    'template.correct': 'AUTHENTICATION', 'rules.utility': 'template.category(warn)',
  }],
  [/^template_correct_category_detection\.marketing$/, {
    'template.correct': 'MARKETING', 'rules.utility': 'template.category(warn)',
  }],

  // What people do
  [/^calls\.(connect|terminate)$/, windowOpens],
  [/^calls\.status_ringing$/, nothing],
  [/^messages\.(errors_account_level|user_actions_link_click)$/, nothing],
  [/^messages\.(edit|revoke|group_text|unsupported(_131060)?)$/, learned],
  [/^messages\.button_opt_out$/, withdrew('grant all, withdraw marketing', {
    ...windowOpens, 'rules.marketing': 'consent.withdrawn',
  })],
  [/^messages\.text_opt_out_keyword$/, withdrew('grant all, withdraw marketing, withdraw utility', {
    ...windowOpens, ...business('consent.withdrawn'),
  })],
  // Nobody knew that id: a person without a phone, whose sends the snapshot does not look at.
  [/^messages\.text_bsuid_only_no_phone$/, { 'consents.bsuid': '' }],
  // The person goes on under the new number and id; whoever has the old number now is somebody who agreed to nothing.
  [/^(messages\.system_user_changed_number|user_id_update)$/, {
    'consents.person': '', 'consents.phone': 'grant all', 'consents.newBsuid': 'grant all',
    ...business('consent.missing'), 'rules.service': 'window.closed',
  }, 'messages.text'],
  [/^messages\.system_user_changed_user_id$/, { 'consents.newBsuid': 'grant all' }, 'messages.text'],
  [/^messages\./, { ...learned, ...windowOpens }],
  [/^user_preferences\.marketing_stop$/, withdrew('grant all, withdraw marketing', {
    'rules.marketing': 'consent.withdrawn consent.meta_stop',
  })],
  [/^user_preferences\.marketing_resume$/, withdrew('grant all, grant marketing, withdraw marketing', {
    'rules.marketing': '',
  }), 'user_preferences.marketing_stop'],

  // What became of a send
  [/^statuses\.\w+_group(_\w+)?$/, nothing],
  // Without a phone, or of a reply to somebody whose id was known from the message, there is nothing to learn.
  [/^statuses\.delivered_bsuid_only$/, became('delivered')],
  [/^statuses\.played$/, became('read')],
  [/^statuses\.sent_service/, became('sent')],
  [/^statuses\.delivered/, { ...became('delivered'), ...learned }],
  [/^statuses\.read$/, { ...became('read'), ...learned }],
  [/^statuses\.sent_/, { ...became('sent'), ...learned }],
  [/^statuses\.failed_130472$/, failed(130472)],
  [/^statuses\.failed_130497$/, failed(130497, { blocked: 'BR', ...everything('account.country') })],
  [/^statuses\.failed_131000$/, failed(131000)],
  [/^statuses\.failed_131026$/, failed(131026)],
  [/^statuses\.failed_131042$/, failed(131042, { payment_ok: false, ...everything('account.payment') })],
  [/^statuses\.failed_131047$/, { ...became('failed', 131047), 'rules.service': 'window.closed' }],
  [/^statuses\.failed_131048$/, (iso, now) => failed(131048, {
    paused: [`marketing ${now(24)} breaker`], 'rules.marketing': 'account.paused(hold)',
  })],
  // The place in the frequency limit comes back when the message did not arrive.
  [/^statuses\.failed_131049$/, failed(131049, { 'rules.marketing': 'limit.cooldown(hold)' })],
  [/^statuses\.failed_131050$/, failed(131050, {
    ...withdrew('grant all, withdraw marketing'), 'rules.marketing': 'consent.withdrawn consent.meta_stop',
  })],
  [/^statuses\.failed_131053$/, failed(131053)],
  [/^statuses\.failed_131056$/, failed(131056, {
    'rules.direct': 'limit.pair(hold)', 'rules.marketing': 'limit.pair(hold)',
    'rules.service': 'window.closed limit.pair(hold)', 'rules.utility': 'limit.pair(hold)',
  })],
  [/^statuses\.failed_131064$/, (iso, now) => failed(131064, {
    paused: [`utility ${now(24)} meta`], 'rules.direct': 'account.paused(hold)', 'rules.utility': 'account.paused(hold)',
  })],
  [/^statuses\.failed_132015$/, failed(132015, template('PAUSED', 'template.paused'))],
];

// What people are told of besides: the alarms that a file raises, of whatever object.
const alarms = [
  [/^account_alerts\.(limit_increase_(failed|need)|profile_picture)/, 'account.alert'],
  [/^account_review_update\.rejected/, 'account.restricted'],
  [/^account_update\.(account_violation|direct_send_(category_abuse_warn|template_abuse))$/, 'account.warned'],
  [/^account_update\.(account_deleted|disabled_update_disable)$/, 'account.disabled'],
  [/^account_update\.disabled_update_schedule_for_disable$/, 'account.disable_announced'],
  [/^account_update\.disabled_update_reinstate$/, 'account.reinstated'],
  [/^account_update\.(account_offboarded|partner_removed_coexistence)$/, 'number.status'],
  [/^account_update\.partner_removed$/, 'account.partner_removed'],
  [/^account_update\.account_reconnected$/, 'number.status_fine'],
  [/^account_update\.account_restriction_(1|3)_day/, 'account.restricted account.restricted'],
  [/^account_update\.account_restriction_\d+_days_all/, 'account.restricted account.restricted account.restricted'],
  [/^account_update\.account_restriction_/, 'account.restricted'],
  [/^account_update\.direct_send_.*(_rate_limit|_strike_\d|_offboard)$/, 'account.restricted'],
  [/^account_update\.direct_send_.*(_recovery|_unban)$/, 'account.restriction_ended'],
  [/^business_capability_update\.(number|tier)/, 'portfolio.limit'],
  [/^business_status_update/, 'portfolio.notice'],
  [/^group_status_update\.suspended$/, 'group.suspended'],
  [/^group_status_update\.suspend_cleared$/, 'group.fine'],
  [/^message_template_quality_update\.yellow_to_red$/, 'template.quality_red'],
  [/^message_template_quality_update\.green_to_yellow$/, 'template.quality_yellow'],
  [/^message_template_status_update\.(paused|disabled|rejected|flagged)/, 'template.stopped'],
  [/^message_template_status_update\.(approved_unpause|reinstated)$/, 'template.fine'],
  [/^phone_number_name_update\.rejected$/, 'number.name'],
  [/^phone_number_quality_update\.flagged_legacy$/, 'number.status'],
  [/^phone_number_quality_update\.throughput_upgrade$/, 'portfolio.limit'],
  [/^security\./, 'number.security'],
  [/^statuses\.failed_131042$/, 'account.payment'],
  [/^statuses\.failed_132015$/, 'template.stopped'],
  [/^template_correct_category_detection\.|^template_category_update\.(completed|impending)$/, 'template.category'],
];

// And what becomes of incidents.
const incidents = [
  [/^account_update\.(disabled_update_reinstate|direct_send_.*(_recovery|_unban))$/, 'incident.answered'],
  [/^account_update\.(account_deleted|account_violation|account_restriction_.*|disabled_update_.*|direct_send_.*)$/, 'incident.opened'],
  [/^(message_template_status_update\.(disabled|paused_\w+)|phone_number_quality_update\.flagged_legacy)$/, 'incident.opened'],
  [/^(account_review_update\.rejected|group_status_update\.suspended)$/, 'incident.opened'],
  [/^statuses\.failed_(130497|131048|132015)$/, 'incident.opened'],
];

export function alarmsOf(name) {
  return [alarms, incidents].map((table) => table.find(([pattern]) => pattern.test(name))).filter(Boolean)
    .flatMap(([, kinds]) => kinds.split(' '));
}

export function effectOf(name, iso, now) {
  const row = rows.find(([pattern]) => pattern.test(name));
  if (!row) throw new Error(`no row says what ${name} changes`);
  const [, changes, earlier] = row;
  return { changes: typeof changes === 'function' ? changes(iso, now) : changes, earlier };
}
